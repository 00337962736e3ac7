import { z } from 'zod';
import { PRIORITIES } from '#domain/priorities';
import { JOB_STATUSES, TASK_STATUSES, type TaskStatus } from '#domain/statuses';

export const REQUEUE_SCOPES = ['All', 'NotFinished'] as const;
/** What a requeue runs again: all tasks, or only those that are not Finished. */
export type RequeueScope = (typeof REQUEUE_SCOPES)[number];

/** How many tasks a job has in each status. */
export type TaskCounts = Record<TaskStatus, number>;

const requestSchema = z.object({
  requestedBy: z.string(),
  requestedByName: z.string().optional(),
  requestedAt: z.string(),
  from: z.string().optional(),
});
/** Who cancelled the job, when, from which address, and why. */
export const cancelSchema = requestSchema.extend({ reason: z.string().optional() });
/** Who requeued the job, when, from which address, and in which scope. */
export const requeueSchema = requestSchema.extend({ scope: z.enum(REQUEUE_SCOPES) });

export const jobSchema = z.object({
  jobId: z.string(),
  name: z.string(),
  status: z.enum(JOB_STATUSES),
  batchGroup: z.string(),
  /** The groups of its tasks. A server looks only at jobs that have one of its groups. */
  batchGroups: z.array(z.string()),
  priority: z.enum(PRIORITIES),
  system: z.boolean(),
  createdBy: z.string(),
  createdByName: z.string().optional(),
  createdAt: z.string(),
  startedAt: z.string().optional(),
  /** The task whose start was that of the job, and its server. */
  startedBy: z.object({ taskId: z.string(), serverId: z.string() }).optional(),
  endedAt: z.string().optional(),
  taskTotal: z.number(),
  shards: z.number(),
  hasDependencies: z.boolean(),
  /** Whether a caller chose the id of one of its tasks: such an id can equal one that the system assigns later. */
  hasNamedTasks: z.boolean(),
  /** Set while a request adds tasks. Until all of them exist, the job cannot be released. */
  addingUntil: z.string().optional(),
  /** Set while its tasks are being written: until all of them exist, no server sees the job. */
  writingUntil: z.string().optional(),
  /** The tasks that a request has left to the workflow: in how many parts, and what of them is written. */
  unwritten: z.object({ since: z.string(), parts: z.number(), partsWritten: z.number(), tasks: z.number() }).optional(),
  cancel: cancelSchema.optional(),
  /** When the pass over a cancelled job's tasks had marked or dropped all of them. */
  cancelPassedAt: z.string().optional(),
  abortId: z.string().optional(),
  /** The event of the last hold, release, change of priority or growth, as JSON: no other field proves it. */
  keptEvent: z.string().optional(),
  /** The newest requests with a key that changed it, as `domain/jobs/repeats.ts` reads them. */
  keptRequests: z.string().optional(),
  /** The number of its run: 1, and 1 more with each requeue. */
  run: z.number(),
  /** Since when it is held. A cancel keeps it, so that a requeue holds the job again. */
  heldAt: z.string().optional(),
  /** Set from a requeue until all tasks in scope are ready again. */
  requeue: requeueSchema.optional(),
  /** None of its tasks starts before this time. */
  startAt: z.string().optional(),
  /** Present while servers look at it for work: it may run, and it may have Ready tasks. */
  dispatchGroup: z.string().optional(),
  /** Servers skip it before this time: no Ready task may start earlier. Present together with `dispatchGroup`. */
  dispatchAt: z.string().optional(),
  /** Where the unlocking pass continues after a deadline cut it off: the shard, and the last task seen there. */
  unlockFrom: z.object({ shard: z.number(), taskId: z.string().optional() }).optional(),
  expiresAt: z.number().optional(),
  /**
   * Present while they cannot change: until all tasks are written, until a job submitted with hold is released, and
   * from the final status on.
   */
  taskCounts: z.record(z.enum(TASK_STATUSES), z.number()).optional(),
});
/** A job as its record has it. */
export type Job = z.infer<typeof jobSchema>;

/**
 * Whether all tasks of the job are written or kept: from then on it cannot be lost. Until then its request has had no
 * reply.
 */
export function isAccepted({ writingUntil, unwritten }: Job): boolean {
  return writingUntil === undefined || unwritten !== undefined;
}

/** Zero tasks in each status. */
export function noTasks(): TaskCounts {
  return { Waiting: 0, Ready: 0, Executing: 0, Cancelling: 0, Finished: 0, Error: 0, NotRun: 0, Cancelled: 0 };
}
