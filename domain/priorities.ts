/** A job's priority decides how early servers look at it. */

export const PRIORITIES = ['Low', 'Normal', 'High', 'Critical', 'ReservedCapacity'] as const;
export type Priority = (typeof PRIORITIES)[number];

/** Sorts jobs for dispatch: higher priority first, then the older job. Job ids sort by their time of creation. */
export function dispatchRank(priority: Priority, jobId: string): string {
  return `${PRIORITIES.length - 1 - PRIORITIES.indexOf(priority)}#${jobId}`;
}
