/** The plan of an abort: what it would do. It is shown and confirmed first; `compute-plan.ts` computes it. */
import * as z from 'zod';
import { TASK_STATUSES } from '#domain/statuses';

export const ABORT_MODES = ['task', 'server'] as const;
/** `task` stops the job's own tasks; `server` restarts the servers on which they run. */
export type AbortMode = (typeof ABORT_MODES)[number];
export const BYSTANDER_FATES = ['restarts', 'fails', 'stops'] as const;
/** What happens to a bystander that still runs at the restart. */
export type BystanderFate = (typeof BYSTANDER_FATES)[number];

const plannedTaskSchema = z.object({ taskId: z.string(), serverId: z.string(), startedAt: z.string() });
/** A task that the abort would stop. */
export type PlannedTask = z.infer<typeof plannedTaskSchema>;

const plannedBystanderSchema = plannedTaskSchema.extend({
  handler: z.string(),
  status: z.enum(TASK_STATUSES),
  /** What happens to it if it still runs at the restart. */
  fate: z.enum(BYSTANDER_FATES),
  /** Its likely end, and whether that is within the drain. Set only if enough attempts of its handler are known. */
  likelyEndAt: z.string().optional(),
  endsWithinDrain: z.boolean().optional(),
});
/** A task of another job, or of this one, that the restart of its server would disturb. */
export type PlannedBystander = z.infer<typeof plannedBystanderSchema>;

const warningSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('NoOtherServer'), batchGroup: z.string() }),
  z.object({ type: z.literal('MoreToAbort'), tasks: z.int() }),
]);
/**
 * What else the operator should know. `NoOtherServer`: no other server serves this batch group during the restart.
 * `MoreToAbort`: the job runs this many more tasks than one abort takes; abort again when this one has ended.
 */
export type Warning = z.infer<typeof warningSchema>;

export const planSchema = z.object({
  planId: z.string(),
  jobId: z.string(),
  mode: z.enum(ABORT_MODES),
  drainSeconds: z.number(),
  /** The job's own tasks that it would stop. */
  tasks: z.array(plannedTaskSchema),
  servers: z.array(z.object({ serverId: z.string(), executing: z.int(), cancelling: z.int() })),
  disruptedJobs: z.array(
    z.object({
      jobId: z.string(),
      name: z.string(),
      createdBy: z.string(),
      createdByName: z.string().optional(),
      tasks: z.array(plannedBystanderSchema),
    }),
  ),
  warnings: z.array(warningSchema),
});
/** The plan of an abort. Its id is a hash of its harms (`harmsOf`). */
export type Plan = z.infer<typeof planSchema>;

/**
 * Names each harm that a plan does, so that two plans can be compared. For another job it counts tasks by fate and does
 * not name them: on a busy server tasks come and go, and a plan that names them could never be confirmed.
 */
export function harmsOf(plan: Omit<Plan, 'planId'>): string[] {
  const others = plan.disruptedJobs.flatMap(({ jobId, tasks }) =>
    [...Map.groupBy(tasks, (task) => task.fate)].flatMap(([fate, same]) =>
      same.map((_, index) => `job ${jobId} ${fate} ${index + 1}`),
    ),
  );
  return [
    `mode ${plan.mode}`,
    ...plan.tasks.map((task) => `task ${task.taskId} ${task.startedAt}`),
    ...plan.servers.map((server) => `server ${server.serverId}`),
    ...others,
  ].sort();
}

/** Whether the plan would now do a harm that was not confirmed. */
export function addsHarm(confirmed: readonly string[], now: readonly string[]): boolean {
  return !new Set(now).isSubsetOf(new Set(confirmed));
}
