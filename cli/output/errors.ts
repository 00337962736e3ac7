/** Says on stderr why a command did not go on and what to do next, and returns the exit code. */

import { EXIT, type ExitCode, exitCodeOf, Stopped } from '#cli/exit-codes';
import { Interrupted } from '#cli/interrupt';
import { isObject } from '#cli/state/json-file';
import { Refused, SignInFailed, Unreachable } from '#client/client';
import { nextStep } from './next-steps.ts';
import { asTyped, note, styled } from './notes.ts';

/**
 * Prints the error; a refusal names the record, if its id is given. One that is not expected keeps its stack: it is a
 * fault of this program.
 */
export function explainError(error: unknown, id?: string): ExitCode {
  if (error instanceof Interrupted) return EXIT.interrupted;
  if (error instanceof Refused) return explainRefusal(error, id);
  if (error instanceof Stopped) return say(error.message, error.next, error.exitCode);
  if (error instanceof SignInFailed) return say(error.message, 'lastcall login', EXIT.notAllowed);
  if (error instanceof Unreachable)
    return say(
      error.message,
      'check the address (--url, LASTCALL_URL or the profile), or start a system here: lastcall local',
      EXIT.failed,
    );
  return say(error instanceof Error ? (error.stack ?? error.message) : String(error), undefined, EXIT.failed);
}

function explainRefusal(refused: Refused, id: string | undefined): ExitCode {
  const { code, problem, status } = refused;
  const about = id === undefined ? '' : `${id}: `;
  const next = nextStep(refused).replaceAll('@last', id ?? '@last');
  const exitCode = say(`${about}${code}: ${problem.detail}`, next, exitCodeOf(status));
  const problems = Array.isArray(problem.problems) ? problem.problems.filter(isObject) : [];
  if (problems.length > 1) for (const each of problems) note(`  ${each.at}: ${each.problem}`);
  if (typeof problem.requestId === 'string' && status >= 500)
    note(`  The request's id in the log: ${problem.requestId}`);
  return exitCode;
}

function say(message: string, next: string | undefined, exitCode: ExitCode): ExitCode {
  note(`${styled('red', 'lastcall:', process.stderr)} ${message}`);
  if (next !== undefined) note(`  Next: ${asTyped(next)}`);
  return exitCode;
}
