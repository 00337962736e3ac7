import { unkept } from '#domain/json';
import type { TaskError } from '#domain/tasks/task';
import { tooLarge } from '#server/execution/ending';
import type { Context, Handler } from '#server/sdk';
import { describeError } from './describe-error.ts';

// A handler can replace it for its own ends.
const { stringify } = JSON;

type Outcome = { readonly resultJson: string } | { readonly error: TaskError };

class InvalidInput extends Error {
  override readonly name = 'InvalidInput';
}

class ResultNotJson extends Error {
  override readonly name = 'ResultNotJson';
}

/**
 * Calls a handler with an input, and never throws. The outcome is an error if the handler throws, if its schema refuses
 * the input (`InvalidInput`), or if JSON does not keep the result (`ResultNotJson`) or it is too large
 * (`ResultTooLarge`).
 */
export async function callHandler(handler: Handler, input: unknown, context: Context): Promise<Outcome> {
  try {
    const resultJson = jsonOf((await handler.run(await parseInput(handler, input), context)) ?? null);
    return tooLarge(resultJson) ?? { resultJson };
  } catch (error) {
    return { error: describeError(error) };
  }
}

async function parseInput(handler: Handler, input: unknown): Promise<unknown> {
  if (handler.input === undefined) return input;
  const parsed = await handler.input['~standard'].validate(input);
  if (parsed.issues === undefined) return parsed.value;
  const issues = parsed.issues.map(({ path = [], message }) => [...path.map(keyOf), message].join(': '));
  throw new InvalidInput(`The handler "${handler.name}" does not take this input: ${issues.join('; ')}`);
}

function keyOf(segment: PropertyKey | { readonly key: PropertyKey }): string {
  return String(typeof segment === 'object' ? segment.key : segment);
}

function jsonOf(result: unknown): string {
  const fault = unkept(result, 'result');
  if (fault !== undefined) throw new ResultNotJson(`JSON cannot keep the result: ${fault}.`);
  return stringify(result);
}
