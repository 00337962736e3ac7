import { z } from 'zod';
import { PRIORITIES } from '#domain/priorities';
import { JOB_STATUSES, TASK_STATUSES, type TaskStatus } from '#domain/statuses';

/** What a requeue runs again: everything, or only what has not Finished. */
export const REQUEUE_SCOPES = ['All', 'NotFinished'] as const;
export type RequeueScope = (typeof REQUEUE_SCOPES)[number];

export type TaskCounts = Record<TaskStatus, number>;

const requestSchema = z.object({ requestedBy: z.string(), requestedAt: z.string(), from: z.string().optional() });
/** Who cancelled the job, when, from where and why. */
export const cancelSchema = requestSchema.extend({ reason: z.string().optional() });
/** Who requeued the job, when, from where, and what of it. */
export const requeueSchema = requestSchema.extend({ scope: z.enum(REQUEUE_SCOPES) });

/** The record of a job. */
export const jobSchema = z.object({
  jobId: z.string(),
  name: z.string(),
  status: z.enum(JOB_STATUSES),
  batchGroup: z.string(),
  /** The groups that its tasks name; servers look only at jobs with one of theirs. */
  batchGroups: z.array(z.string()),
  priority: z.enum(PRIORITIES),
  system: z.boolean(),
  createdBy: z.string(),
  createdAt: z.string(),
  startedAt: z.string().optional(),
  /** The task whose start was the job's, and its server. */
  startedBy: z.object({ taskId: z.string(), serverId: z.string() }).optional(),
  endedAt: z.string().optional(),
  taskTotal: z.number(),
  shards: z.number(),
  hasDependencies: z.boolean(),
  /** Whether a caller gave one of its tasks its id: such an id may be one that would be given by the system later. */
  hasNamedTasks: z.boolean(),
  /** Set while a request adds tasks: such a job cannot be released until they are all there. */
  addingUntil: z.string().optional(),
  cancel: cancelSchema.optional(),
  /** When the pass over a cancelled job's tasks had marked or dropped each of them. */
  cancelPassedAt: z.string().optional(),
  abortId: z.string().optional(),
  /** The last hold, release, change of priority or growth, as the JSON of its event: the record proves it to those who read the job's story. */
  keptEvent: z.string().optional(),
  /** How often it was requeued, plus one. */
  run: z.number(),
  /** Set while the tasks of a requeued job are being made ready again. */
  requeue: requeueSchema.optional(),
  /** Nothing of it starts before this time. */
  startAt: z.string().optional(),
  /** Present while servers look at it for work: not when it may not run, and not when it has no Ready task. */
  dispatchGroup: z.string().optional(),
  /** They leave it alone before this time: none of its Ready tasks may start earlier. Present together with `dispatchGroup`. */
  dispatchAt: z.string().optional(),
  /** Where the look at its waiting tasks goes on that a deadline has cut off: in which shard, and after which task there. */
  unlockFrom: z.object({ shard: z.number(), taskId: z.string().optional() }).optional(),
  expiresAt: z.number().optional(),
  /** There while they cannot change: until the first release of a job submitted with hold, and from the final status on. */
  taskCounts: z.record(z.enum(TASK_STATUSES), z.number()).optional(),
});
export type Job = z.infer<typeof jobSchema>;

/** Zero of each. */
export function noTasks(): TaskCounts {
  return { Waiting: 0, Ready: 0, Executing: 0, Cancelling: 0, Finished: 0, Error: 0, NotRun: 0, Cancelled: 0 };
}
