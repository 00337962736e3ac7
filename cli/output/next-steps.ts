/** What to do about each refusal of the API: the next command, where there is one. */
import { howToSignIn } from '#cli/tokens';
import type { Refused } from '#client/client';
import { ABORT_STATUSES, isFinalJob, JOB_STATUSES } from '#domain/statuses';

type Next = (refused: Refused) => string;

/** By code. `@last` is the record that the refused command has named. */
const NEXT: Readonly<Record<string, Next>> = {
  InvalidRequest: () => 'correct that, then run the command again; its options: the command with --help',
  Unauthorized: howToSignIn,
  Forbidden: ({ problem: { roles } }) =>
    `sign in with that role: lastcall login${Array.isArray(roles) ? ` (yours: ${roles.join(', ') || 'none'})` : ''}`,
  NotFound: ({ problem: { kind } }) => LISTS[String(kind)] ?? otherVersion(),
  MethodNotAllowed: otherVersion,
  WrongStatus: ({ problem: { currentStatus } }) => afterStatus(String(currentStatus)),
  SystemJob: () => 'lastcall watch @last',
  NothingToAbort: () => 'lastcall watch @last',
  PlanChanged: () => 'lastcall plan @last',
  IdempotencyKeyReused: () => 'send it with another key: --key TEXT',
  TooLarge: () =>
    'send it in parts: lastcall submit FILE --hold, lastcall add-tasks @last FILE, then lastcall release @last',
  TooManyRequests: again,
  Unavailable: again,
  StorageFull: () => 'make room on the disk of the system, then run the command again',
};

/** Where one finds what exists of each kind. */
const LISTS: Readonly<Record<string, string>> = {
  job: 'lastcall jobs',
  task: 'lastcall tasks @last',
  abort: 'lastcall aborts',
  server: 'lastcall servers',
  feature: 'lastcall features',
};

/** What to do next; for a code that is not known, what helps in general. */
export function nextStep(refused: Refused): string {
  return (NEXT[refused.code] ?? again)(refused);
}

function afterStatus(current: string): string {
  if (ABORT_STATUSES.some((status) => status === current)) return 'lastcall abort-status @last';
  if (current === 'Cancelling') return 'lastcall plan @last, or lastcall watch @last';
  const isFinal = JOB_STATUSES.some((status) => status === current && isFinalJob(status));
  if (!isFinal) return 'lastcall job @last';
  // Without --all a requeue takes only what is not Finished.
  const all = current === 'Finished' ? ' --all' : '';
  return `lastcall job @last; to run it again: lastcall requeue @last${all}`;
}

function otherVersion(): string {
  return 'the system may have another version than this program: lastcall --version, lastcall whoami';
}

function again({ retryAfterSeconds }: Refused): string {
  return retryAfterSeconds === undefined ? 'try again in a moment' : `try again in ${retryAfterSeconds} s`;
}
