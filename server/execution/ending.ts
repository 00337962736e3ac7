import { inspect } from 'node:util';
import { changedNumber } from '#domain/json';
import { MAX_ERROR_CHARACTERS, MAX_ERROR_NAME_CHARACTERS, MAX_RESULT_BYTES } from '#domain/limits';

/** A stack has many lines: it may be ten times as long as a message. */
const MAX_STACK_CHARACTERS = 10 * MAX_ERROR_CHARACTERS;

type AttemptError = { name: string; message: string; stack?: string | undefined };
export type ErrorEnding = { outcome: 'Error'; error: AttemptError };

/** How an attempt ended. `Stopped`: by force, through `stop()`. */
export type Ending = { outcome: 'Finished'; result: unknown } | ErrorEnding | { outcome: 'Stopped' };

/**
 * The ending of an attempt that returned this JSON text. It is an Error if the text is not JSON or too deep to be
 * written again (`ResultNotJson`), or too large before or after that (`ResultTooLarge`): `1e20` becomes 21 digits.
 */
export function finished(text: string): Ending {
  const large = tooLarge(text);
  if (large) return large;
  try {
    const result: unknown = JSON.parse(text);
    const number = changedNumber(text);
    if (number !== undefined)
      return failed('ResultNotJson', `The number ${number} cannot be kept; return it as a string.`);
    return tooLarge(JSON.stringify(result)) ?? { outcome: 'Finished', result };
  } catch (error) {
    return failed('ResultNotJson', `The result is not JSON that can be kept: ${error}`);
  }
}

/** The ending of an attempt whose result has more than `MAX_RESULT_BYTES` of JSON; undefined if it has not. */
export function tooLarge(json: string): ErrorEnding | undefined {
  const bytes = Buffer.byteLength(json);
  if (bytes <= MAX_RESULT_BYTES) return undefined;
  return failed('ResultTooLarge', `The result has ${bytes} bytes of JSON, the limit is ${MAX_RESULT_BYTES}.`);
}

/** The ending of an attempt that failed with this error, cut to the limits of what is kept. */
export function failed(name: string, message: string, stack?: string): ErrorEnding {
  return {
    outcome: 'Error',
    error: {
      name: cut(name, MAX_ERROR_NAME_CHARACTERS),
      message: cut(message, MAX_ERROR_CHARACTERS),
      stack: stack && cut(stack, MAX_STACK_CHARACTERS),
    },
  };
}

/** A cut can leave half of a surrogate pair, which DynamoDB refuses. */
function cut(text: string, characters: number): string {
  return text.slice(0, characters).toWellFormed();
}

/** The ending of an attempt whose handler threw this; any value can be thrown. */
export function thrown(error: unknown): ErrorEnding {
  if (!(error instanceof Error)) return failed('Error', typeof error === 'string' ? error : inspect(error));
  return failed(String(error.name), String(error.message), error.stack);
}
