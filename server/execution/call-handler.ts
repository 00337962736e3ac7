import type { Context, Handler } from '#server/sdk';
import { type ErrorEnding, thrown, tooLarge } from './ending.ts';

type Outcome = { readonly outcome: 'Finished'; readonly resultJson: string } | ErrorEnding;

class InvalidInput extends Error {
  override readonly name = 'InvalidInput';
}

class ResultNotJson extends Error {
  override readonly name = 'ResultNotJson';
}

/**
 * Calls a handler with an input, and never throws. The outcome is an Error if the handler throws, if its schema refuses
 * the input (`InvalidInput`), or if the result is not JSON (`ResultNotJson`) or too large (`ResultTooLarge`).
 */
export async function callHandler(handler: Handler, input: unknown, context: Context): Promise<Outcome> {
  try {
    const resultJson = stringify((await handler.run(await parseInput(handler, input), context)) ?? null);
    return tooLarge(resultJson) ?? { outcome: 'Finished', resultJson };
  } catch (error) {
    return thrown(error);
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

/** `JSON.stringify` throws for circles and big integers, and returns undefined for functions and symbols. */
function stringify(result: unknown): string {
  try {
    const text: string | undefined = JSON.stringify(result);
    if (text !== undefined) return text;
  } catch (error) {
    throw new ResultNotJson(`The result is not JSON: ${error}`);
  }
  throw new ResultNotJson(`The result is not JSON: a ${typeof result}.`);
}
