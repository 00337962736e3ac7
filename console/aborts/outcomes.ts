/** What an abort promised and what became of its tasks, in words. */
import type { Abort } from '#console/api/types.ts';

type Fate = Abort['bystanders'][number]['fate'];

/** What a bystander was promised. */
export const PROMISED: Readonly<Record<Fate, string>> = {
  fails: 'ends in time, or fails',
  stops: 'ends in time, or is stopped',
  restarts: 'ends in time, or runs again',
};

const BECAME: Readonly<Record<string, string>> = {
  Running: 'still runs',
  Finished: 'finished undisturbed',
  Restarted: 'was interrupted, and runs again',
  Interrupted: 'was interrupted, and failed',
  Cancelled: 'was stopped',
  Undisturbed: 'goes on undisturbed',
};

const ENDED: Readonly<Record<string, string>> = {
  Stopping: 'being stopped',
  NotStopped: 'was not stopped',
  Finished: 'finished by itself',
  Cancelled: 'was stopped',
  Interrupted: 'was interrupted',
};

/** Outcomes that a bystander and a task of the job can have. */
const EITHER: Readonly<Record<string, string>> = {
  Error: 'ended in Error by itself',
  NotRun: 'did not run',
  Superseded: 'had ended, and has run again since',
  Expired: 'is not on record any more',
};

/** What became of a bystander. */
export function bystanderBecame(outcome: string): string {
  return BECAME[outcome] ?? EITHER[outcome] ?? outcome;
}

/** What became of a task of the aborted job. */
export function taskBecame(outcome: string): string {
  return ENDED[outcome] ?? EITHER[outcome] ?? outcome;
}
