import { inspect } from 'node:util';
import { MAX_ERROR_CHARACTERS } from '#domain/limits';

type AttemptError = { name: string; message: string; stack?: string | undefined };
export type ErrorEnding = { outcome: 'Error'; error: AttemptError };

/** How an attempt ended. `Stopped`: by force, through `stop()`. */
export type Ending = { outcome: 'Finished'; result: unknown } | ErrorEnding | { outcome: 'Stopped' };

/**
 * The ending of an attempt that failed with this error. The message is cut to `MAX_ERROR_CHARACTERS`; DynamoDB takes no half of a surrogate pair,
 * such as a cut can leave.
 */
export function failed(name: string, message: string, stack?: string): ErrorEnding {
  const kept = message.slice(0, MAX_ERROR_CHARACTERS);
  return { outcome: 'Error', error: { name: name.toWellFormed(), message: kept.toWellFormed(), stack } };
}

/** Whatever a handler threw, as an ending. A stack is cut to ten times `MAX_ERROR_CHARACTERS`. */
export function thrown(error: unknown): ErrorEnding {
  if (!(error instanceof Error)) return failed('Error', typeof error === 'string' ? error : inspect(error));
  return failed(
    String(error.name).slice(0, 100),
    String(error.message),
    error.stack?.slice(0, 10 * MAX_ERROR_CHARACTERS),
  );
}
