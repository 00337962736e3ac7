import * as z from 'zod';
import { PRIORITIES } from '#domain/priorities';
import { FINAL_TASK_STATUSES, JOB_STATUSES, TASK_STATUSES, type TaskStatus } from '#domain/statuses';

export const REQUEUE_SCOPES = ['All', 'NotFinished'] as const;
/** What a requeue runs again: all tasks, or only those that are not Finished. */
export type RequeueScope = (typeof REQUEUE_SCOPES)[number];

/** How many tasks a job has in each status. */
export type TaskCounts = Record<TaskStatus, number>;

export const partialCountsSchema = z.partialRecord(z.enum(TASK_STATUSES), z.number());
/** Counts or changes of them; a status without a number has 0. */
export type PartialCounts = z.infer<typeof partialCountsSchema>;

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
  /** The servers that held its tasks when the pass was over, unless they were many. No other one will in this run. */
  cancelServers: z.array(z.string()).optional(),
  abortId: z.string().optional(),
  /** The event of the last hold, release, change of priority or growth, as JSON: no other field proves it. */
  keptEvent: z.string().optional(),
  /** The newest requests with a key that changed it, as `domain/jobs/idempotency.ts` reads them. */
  keptRequests: z.string().optional(),
  /** The number of its run: 1, and 1 more with each requeue. */
  run: z.number(),
  /** Since when it is held. A cancel keeps it, so that a requeue holds the job again. */
  heldAt: z.string().optional(),
  /** Set from a requeue until all tasks in scope are ready again. */
  requeue: requeueSchema.optional(),
  /** None of its tasks starts before this time. */
  startAt: z.string().optional(),
  /** Its key in the index where servers look for work. Present while it may run and may have Ready tasks. */
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
  /** The counts when they began to change in this run. What has changed since is in the table `counts`. */
  countsBase: partialCountsSchema.optional(),
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

/** The counts that are not 0; undefined without counts. */
export function baseOf(counts: TaskCounts | undefined): PartialCounts | undefined {
  return counts && Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0));
}

/** Adds to the counts, and returns them. */
export function addCounts(counts: TaskCounts, others: PartialCounts): TaskCounts {
  for (const status of TASK_STATUSES) counts[status] += others[status] ?? 0;
  return counts;
}

/** Where a task that has left a status too early was last seen, most likely. */
const SEEN_BEFORE: readonly TaskStatus[] = ['Ready', 'Waiting', 'Executing', 'Cancelling', ...FINAL_TASK_STATUSES];

/**
 * Counts without a negative number. One is negative while a move is counted, and an earlier move of the same task is
 * not. The task is then taken from where it was before, so the sum stays.
 */
export function withoutNegative(counts: TaskCounts): TaskCounts {
  const settled = { ...counts };
  for (const status of TASK_STATUSES) {
    for (const before of SEEN_BEFORE) {
      const missing = Math.min(Math.max(0, -settled[status]), Math.max(0, settled[before]));
      settled[status] += missing;
      settled[before] -= missing;
    }
  }
  return settled;
}
