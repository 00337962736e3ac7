/** A job's priority decides how likely servers look at it next. */

export const PRIORITIES = ['Low', 'Normal', 'High', 'Critical', 'ReservedCapacity'] as const;
export type Priority = (typeof PRIORITIES)[number];

/** Of a hundred looks for work, how many go to which priority while all of them have some. None is zero: nothing starves. */
export const PRIORITY_WEIGHTS: Readonly<Record<Priority, number>> = {
  Low: 5,
  Normal: 10,
  High: 15,
  Critical: 30,
  ReservedCapacity: 40,
};

/** Sorts jobs for dispatch: higher priority first, then the one whose turn came (or comes) first; `at` is an ISO time. */
export function dispatchRank(priority: Priority, at: string, jobId: string): string {
  return `${rankPrefix(priority)}${at}#${jobId}`;
}

/** Whether the turn of a job with this rank has come. */
export function isInTurn(rank: string, now: string): boolean {
  return rank.slice(rank.indexOf('#') + 1) <= `${now}~`;
}

/** What the ranks of all jobs of a priority begin with. */
export function rankPrefix(priority: Priority): string {
  return `${PRIORITIES.length - 1 - PRIORITIES.indexOf(priority)}#`;
}

/** One of the priorities that have work, drawn by their weights; `chance` is from 0 up to 1. */
export function drawPriority(present: readonly Priority[], chance: number): Priority | undefined {
  const total = present.reduce((sum, priority) => sum + PRIORITY_WEIGHTS[priority], 0);
  let left = chance * total;
  for (const priority of present) {
    left -= PRIORITY_WEIGHTS[priority];
    if (left < 0) return priority;
  }
  return present.at(-1);
}
