/** A job's priority decides how likely servers are to look at it next. */

export const PRIORITIES = ['Low', 'Normal', 'High', 'Critical', 'ReservedCapacity'] as const;
/** The priority of a job. */
export type Priority = (typeof PRIORITIES)[number];
/** The priority of a job if neither its submission nor its batch group names one. */
export const DEFAULT_PRIORITY = 'Normal' satisfies Priority;

/** How many of 100 looks for work go to each priority while all have work. None is 0, so no priority starves. */
export const PRIORITY_WEIGHTS: Readonly<Record<Priority, number>> = {
  Low: 5,
  Normal: 10,
  High: 15,
  Critical: 30,
  ReservedCapacity: 40,
};

/** The sort key of jobs in dispatch: higher priority first, then the earlier turn. `at` is an ISO time. */
export function dispatchRank(priority: Priority, at: string, jobId: string): string {
  return `${rankPrefix(priority)}${at}#${jobId}`;
}

/** Whether the turn of a job with this rank has come. */
export function isInTurn(rank: string, now: string): boolean {
  return rank.slice(rank.indexOf('#') + 1) <= `${now}~`;
}

/** When the turn of a job with this rank comes: an ISO time. */
export function turnOf(rank: string): string {
  return rank.split('#')[1] ?? '';
}

/** The prefix of the ranks of all jobs of a priority. */
export function rankPrefix(priority: Priority): string {
  return `${PRIORITIES.length - 1 - PRIORITIES.indexOf(priority)}#`;
}

/** Draws one of the priorities that have work, by weight; `chance` is from 0 up to 1. Undefined if none has work. */
export function drawPriority(present: readonly Priority[], chance: number): Priority | undefined {
  const total = present.reduce((sum, priority) => sum + PRIORITY_WEIGHTS[priority], 0);
  let left = chance * total;
  for (const priority of present) {
    left -= PRIORITY_WEIGHTS[priority];
    if (left < 0) return priority;
  }
  return present.at(-1);
}
