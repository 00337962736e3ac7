import type { Context, Handler } from '#server/sdk';
import { type ErrorEnding, thrown, tooLarge } from './ending.ts';

type Performance = { outcome: 'Finished'; resultJson: string } | ErrorEnding;

/**
 * Runs a handler on an input and never throws: what it throws is the ending, and so are an input that its schema
 * refuses (`InvalidInput`) and a result that is not JSON (`ResultNotJson`) or too large (`ResultTooLarge`).
 */
export async function perform(handler: Handler, input: unknown, context: Context): Promise<Performance> {
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
  throw named('InvalidInput', `The input is not one that "${handler.name}" takes: ${issues.join('; ')}`);
}

function keyOf(segment: PropertyKey | { readonly key: PropertyKey }): string {
  return String(typeof segment === 'object' ? segment.key : segment);
}

/** `JSON.stringify` throws for circles and big integers, and gives nothing for functions and symbols. */
function stringify(result: unknown): string {
  try {
    const text: string | undefined = JSON.stringify(result);
    if (text !== undefined) return text;
  } catch (error) {
    throw named('ResultNotJson', `The result is not JSON: ${error}`);
  }
  throw named('ResultNotJson', `The result is not JSON: a ${typeof result}.`);
}

function named(name: string, message: string): Error {
  const error = new Error(message);
  error.name = name;
  return error;
}
