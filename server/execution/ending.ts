import { changedNumber } from '#domain/json';
import { duplicateKey } from '#domain/json/duplicate-keys';
import {
  MAX_ERROR_CAUSES,
  MAX_ERROR_CHARACTERS,
  MAX_ERROR_NAME_CHARACTERS,
  MAX_RESULT_BYTES,
  MAX_STACK_CHARACTERS,
} from '#domain/limits';
import type { TaskError } from '#domain/tasks/task';

export type ErrorEnding = { outcome: 'Error'; error: TaskError };

/**
 * How an attempt ended. `Stopped`: by force, through `stop()`, or by the signal that stops its server; `hasRun` is
 * false if that came before its handler ran. `NotStarted`: its handler never ran, because the slot could not load the
 * handlers or died, or the system could not start the program.
 */
export type Ending =
  | { outcome: 'Finished'; result: unknown }
  | ErrorEnding
  | { outcome: 'Stopped'; hasRun?: false }
  | { outcome: 'NotStarted'; why: string };

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
    const key = duplicateKey(text, { value: result, place: 'result' });
    if (key !== undefined) return failed('ResultNotJson', `The result has the key ${key} twice; write it once.`);
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

/** The ending of an attempt that failed with an error of the server's own words. */
export function failed(name: string, message: string): ErrorEnding {
  return failedWith({ name, message });
}

/** The ending of an attempt that failed with this error, cut to the limits of what is kept. */
export function failedWith({ causes = [], ...error }: TaskError): ErrorEnding {
  let left = MAX_STACK_CHARACTERS;
  const within = ({ name, message, code, stack = '' }: TaskError): TaskError => {
    const shown = cut(stack, left);
    left -= shown.length;
    return {
      name: cut(name, MAX_ERROR_NAME_CHARACTERS),
      message: cut(message, MAX_ERROR_CHARACTERS),
      ...(code === undefined ? {} : { code: cut(code, MAX_ERROR_NAME_CHARACTERS) }),
      ...(shown === '' ? {} : { stack: shown }),
    };
  };
  const outer = within(error);
  const kept = causes.slice(0, MAX_ERROR_CAUSES).map(within);
  return { outcome: 'Error', error: kept.length === 0 ? outer : { ...outer, causes: kept } };
}

/** A cut can leave half of a surrogate pair, which DynamoDB refuses. */
function cut(text: string, characters: number): string {
  return text.slice(0, characters).toWellFormed();
}
