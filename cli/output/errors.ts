/** Says on stderr why a command did not go on and what to do next, and returns the exit code. */

import { EXIT, type ExitCode, exitCodeOf, Stopped } from '#cli/exit-codes';
import { Interrupted } from '#cli/interrupt';
import { isObject } from '#cli/state/json-file';
import { howToSignIn } from '#cli/tokens';
import { Refused, SignInFailed, Unreachable } from '#client/client';
import { note, styled } from './notes.ts';

type Next = (refused: Refused) => string | undefined;

const NEXT: Readonly<Record<string, Next>> = {
  Unauthorized: howToSignIn,
  Forbidden: ({ problem: { roles } }) =>
    `sign in with that role: lastcall login${Array.isArray(roles) ? ` (yours: ${roles.join(', ') || 'none'})` : ''}`,
  NotFound: ({ problem: { kind } }) => (kind === 'abort' ? 'lastcall aborts' : 'lastcall jobs'),
  WrongStatus: ({ problem: { currentStatus } }) =>
    currentStatus === 'Cancelling' ? 'lastcall plan @last, or lastcall watch @last' : 'lastcall job @last',
  SystemJob: () => 'lastcall job @last',
  NothingToAbort: () => 'lastcall watch @last',
  PlanChanged: () => 'lastcall plan @last',
  IdempotencyKeyReused: () => 'send it with another key: --key TEXT',
  TooLarge: () => 'send it in parts: submit with --hold, then add tasks',
  TooManyRequests: again,
  Unavailable: again,
};

/** Prints the error. One that is not expected keeps its stack: it is a fault of this program. */
export function explainError(error: unknown): ExitCode {
  if (error instanceof Interrupted) return EXIT.interrupted;
  if (error instanceof Refused) return explainRefusal(error);
  if (error instanceof Stopped) return say(error.message, error.next, error.exitCode);
  if (error instanceof SignInFailed) return say(error.message, 'lastcall login', EXIT.notAllowed);
  if (error instanceof Unreachable)
    return say(error.message, 'lastcall local, or name the system by --url or LASTCALL_URL', EXIT.failed);
  return say(error instanceof Error ? (error.stack ?? error.message) : String(error), undefined, EXIT.failed);
}

function explainRefusal(refused: Refused): ExitCode {
  const { code, problem, status } = refused;
  const exitCode = say(`${code}: ${problem.detail}`, NEXT[code]?.(refused), exitCodeOf(status));
  const problems = Array.isArray(problem.problems) ? problem.problems.filter(isObject) : [];
  if (problems.length > 1) for (const each of problems) note(`  ${each.at}: ${each.problem}`);
  if (typeof problem.requestId === 'string' && status >= 500)
    note(`  The request's id in the log: ${problem.requestId}`);
  return exitCode;
}

function say(message: string, next: string | undefined, exitCode: ExitCode): ExitCode {
  note(`${styled('red', 'lastcall:', process.stderr)} ${message}`);
  if (next !== undefined) note(`  Next: ${next}`);
  return exitCode;
}

function again({ retryAfterSeconds }: Refused): string {
  return retryAfterSeconds === undefined ? 'try again in a moment' : `try again in ${retryAfterSeconds} s`;
}
