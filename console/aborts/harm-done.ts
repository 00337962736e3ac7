/** The harm of an abort to the tasks of others: what was planned, and what was done. */
import type { Abort } from '#console/api/types.ts';
import { isFinalAbort } from '#domain/statuses';

const FATES: Readonly<Record<string, string>> = {
  fails: 'may fail',
  stops: 'may be stopped',
  restarts: 'may run again',
};
const OUTCOMES = { Interrupted: 'failed', Cancelled: 'stopped', Restarted: 'interrupted, to run again' } as const;

/** What becomes of a bystander that does not end in time. */
export function fateWords(fate: string): string {
  return FATES[fate] ?? fate;
}

/** `2 may fail, 3 may run again`: what becomes of those that do not end in time. */
export function plannedBy({ bystanders }: Abort): string {
  return counts(FATES, (fate) => bystanders.filter((bystander) => bystander.fate === fate).length) || 'none';
}

/** `1 failed, 3 interrupted, to run again`. */
export function doneBy({ bystanders, status }: Abort): string {
  const done = counts(OUTCOMES, (outcome) => bystanders.filter((bystander) => bystander.outcome === outcome).length);
  return done || (isFinalAbort(status) ? 'none' : 'none yet');
}

function counts(words: Readonly<Record<string, string>>, count: (key: string) => number): string {
  return Object.entries(words)
    .flatMap(([key, word]) => (count(key) > 0 ? `${count(key)} ${word}` : []))
    .join(', ');
}
