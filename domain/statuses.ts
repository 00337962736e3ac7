/** Every status that a record can have, in the order in which people meet them. */

export const JOB_STATUSES = [
  'Withhold',
  'Waiting',
  'Executing',
  'Cancelling',
  'Finished',
  'Error',
  'Cancelled',
] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

export const TASK_STATUSES = [
  'Waiting',
  'Ready',
  'Executing',
  'Cancelling',
  'Finished',
  'Error',
  'NotRun',
  'Cancelled',
] as const;
export type TaskStatus = (typeof TASK_STATUSES)[number];

export const SERVER_STATUSES = ['Active', 'Draining', 'Stopping', 'Stopped', 'Lost'] as const;
export type ServerStatus = (typeof SERVER_STATUSES)[number];

export const ABORT_STATUSES = ['Draining', 'Restarting', 'Stopping', 'Completed', 'Withdrawn', 'Failed'] as const;
export type AbortStatus = (typeof ABORT_STATUSES)[number];

const FINAL_JOB_STATUSES: ReadonlySet<string> = new Set(['Finished', 'Error', 'Cancelled']);
const FINAL_TASK_STATUSES: ReadonlySet<string> = new Set(['Finished', 'Error', 'NotRun', 'Cancelled']);
const FINAL_ABORT_STATUSES: ReadonlySet<string> = new Set(['Completed', 'Withdrawn', 'Failed']);

/** Only `Waiting` and `Executing` jobs may have tasks started. */
export function mayRun(status: JobStatus): boolean {
  return status === 'Waiting' || status === 'Executing';
}

/** Whether the job has ended; only a requeue changes such a status. */
export function isFinalJob(status: JobStatus): boolean {
  return FINAL_JOB_STATUSES.has(status);
}

/** Whether the task has ended; only a requeue of its job changes such a status. */
export function isFinalTask(status: TaskStatus): boolean {
  return FINAL_TASK_STATUSES.has(status);
}

/** Whether the abort has come to its end, in whatever way. */
export function isFinalAbort(status: AbortStatus): boolean {
  return FINAL_ABORT_STATUSES.has(status);
}
