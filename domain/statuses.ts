/** Every status that a record can have, in the usual order, and every set of statuses that a rule names. */

export const JOB_STATUSES = [
  'Withhold',
  'Waiting',
  'Executing',
  'Cancelling',
  'Finished',
  'Error',
  'Cancelled',
] as const;
/** The status of a job. */
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
/** The status of a task as its record has it; people see the effective one (`effective.ts`). */
export type TaskStatus = (typeof TASK_STATUSES)[number];

const STATUS_WORDS: Readonly<Record<string, string>> = { NotRun: "Don't run", Withhold: 'On hold' };

/** The word for a status that people read; for most it is that of the records. */
export function statusName(status: string): string {
  return STATUS_WORDS[status] ?? status;
}

export const SERVER_STATUSES = ['Active', 'Draining', 'Stopping', 'Stopped', 'Lost'] as const;
/** The status of a server. */
export type ServerStatus = (typeof SERVER_STATUSES)[number];

/** What a server does while a deployment replaces the servers: `yields` to others, or `takesOver` from them. */
export const ROLLOUTS = ['yields', 'takesOver'] as const;
/** The part of a server in a deployment that is under way. */
export type Rollout = (typeof ROLLOUTS)[number];

export const ABORT_STATUSES = ['Draining', 'Restarting', 'Stopping', 'Completed', 'Withdrawn', 'Failed'] as const;
/** The status of an abort. A server abort starts as `Draining`, a task abort as `Stopping`. */
export type AbortStatus = (typeof ABORT_STATUSES)[number];

export const JOB_PHASES = ['Open', 'Final'] as const;
/** Whether a job has ended. Indexes use it as their key: it changes once a run, a status changes often. */
export type JobPhase = (typeof JOB_PHASES)[number];

export const ABORT_PHASES = ['Requested', 'Open', 'Final'] as const;
/** `Requested`: the record exists, the abort is not in force yet. `Open`: it is in force. `Final`: it has ended. */
export type AbortPhase = (typeof ABORT_PHASES)[number];

/** Jobs that have neither ended nor been cancelled. */
export const ONGOING_JOB_STATUSES: readonly JobStatus[] = ['Withhold', 'Waiting', 'Executing'];
/** Jobs whose tasks servers may start. */
export const RUNNABLE_JOB_STATUSES: readonly JobStatus[] = ['Waiting', 'Executing'];
const CANCELLED_JOB_STATUSES: readonly JobStatus[] = ['Cancelling', 'Cancelled'];
export const FINAL_JOB_STATUSES: readonly JobStatus[] = ['Finished', 'Error', 'Cancelled'];

/** Tasks that no server has claimed yet in this run. */
export const UNSTARTED_TASK_STATUSES: readonly TaskStatus[] = ['Waiting', 'Ready'];
/** Tasks that a server holds. */
export const HELD_TASK_STATUSES = ['Executing', 'Cancelling'] as const satisfies readonly TaskStatus[];
type HeldTaskStatus = (typeof HELD_TASK_STATUSES)[number];
/** Tasks whose handler has ended by itself, or failed. */
export const HANDLED_TASK_STATUSES: readonly TaskStatus[] = ['Finished', 'Error'];
export const FINAL_TASK_STATUSES: readonly TaskStatus[] = ['Finished', 'Error', 'NotRun', 'Cancelled'];

/** Servers that may still run tasks. */
export const ALIVE_SERVER_STATUSES: readonly ServerStatus[] = ['Active', 'Draining', 'Stopping'];
/** Servers that will stop, without a proof yet that they have. */
export const ENDING_SERVER_STATUSES: readonly ServerStatus[] = ['Stopping', 'Lost'];
/** Servers whose drain is over: an abort cannot be withdrawn from them. */
export const PAST_DRAIN_SERVER_STATUSES: readonly ServerStatus[] = [...ENDING_SERVER_STATUSES, 'Stopped'];

/** Aborts that have not ended. */
export const OPEN_ABORT_STATUSES: readonly AbortStatus[] = ['Draining', 'Restarting', 'Stopping'];
const FINAL_ABORT_STATUSES: readonly AbortStatus[] = ['Completed', 'Withdrawn', 'Failed'];

/** Whether servers may start tasks of the job. */
export function mayRun(status: JobStatus): boolean {
  return RUNNABLE_JOB_STATUSES.includes(status);
}

/** Whether the job was cancelled, also when some of its tasks still run. */
export function isCancelled(status: JobStatus | undefined): boolean {
  return status !== undefined && CANCELLED_JOB_STATUSES.includes(status);
}

/** Whether the job has ended; only a requeue changes such a status. */
export function isFinalJob(status: JobStatus): boolean {
  return FINAL_JOB_STATUSES.includes(status);
}

/** Whether the task has not started in this run. */
export function isUnstarted(status: TaskStatus): boolean {
  return UNSTARTED_TASK_STATUSES.includes(status);
}

/** Whether a server holds the task. */
export function isHeld(status: TaskStatus): status is HeldTaskStatus {
  return HELD_TASK_STATUSES.some((held) => held === status);
}

/** Whether the task has ended; only a requeue of its job changes such a status. */
export function isFinalTask(status: TaskStatus): boolean {
  return FINAL_TASK_STATUSES.includes(status);
}

/** Whether the abort has ended, in whatever way. */
export function isFinalAbort(status: AbortStatus): boolean {
  return FINAL_ABORT_STATUSES.includes(status);
}
