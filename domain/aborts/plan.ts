/** The plan of an abort: what it would do, shown and confirmed before anything is done. `planning.ts` computes it. */
import { z } from 'zod';
import { TASK_STATUSES } from '#domain/statuses';

export const ABORT_MODES = ['task', 'server'] as const;
export type AbortMode = (typeof ABORT_MODES)[number];
export const BYSTANDER_FATES = ['restarts', 'fails', 'stops'] as const;
export type BystanderFate = (typeof BYSTANDER_FATES)[number];

const plannedTaskSchema = z.object({ taskId: z.string(), serverId: z.string(), startedAt: z.string() });
export type PlannedTask = z.infer<typeof plannedTaskSchema>;

const plannedBystanderSchema = plannedTaskSchema.extend({
  handler: z.string(),
  status: z.enum(TASK_STATUSES),
  /** What becomes of it when it is still running at the restart. */
  fate: z.enum(BYSTANDER_FATES),
  /** When it is likely to have ended, and whether the drain lasts so long; only when enough runs of its handler are known. */
  likelyEndAt: z.string().optional(),
  endsWithinDrain: z.boolean().optional(),
});
export type PlannedBystander = z.infer<typeof plannedBystanderSchema>;

/**
 * What the operator should know besides. `NoOtherServer`: nobody else serves this batch group while the servers restart. `MoreToAbort`: so many
 * tasks of the job run beyond what one abort takes on; another abort is for them, when this one has ended.
 */
const warningSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('NoOtherServer'), batchGroup: z.string() }),
  z.object({ type: z.literal('MoreToAbort'), tasks: z.int() }),
]);
export type Warning = z.infer<typeof warningSchema>;

export const planSchema = z.object({
  planId: z.string(),
  jobId: z.string(),
  mode: z.enum(ABORT_MODES),
  drainSeconds: z.number(),
  /** The job's own tasks that are stopped. */
  tasks: z.array(plannedTaskSchema),
  servers: z.array(z.object({ serverId: z.string(), executing: z.int(), cancelling: z.int() })),
  disruptedJobs: z.array(
    z.object({
      jobId: z.string(),
      name: z.string(),
      createdBy: z.string(),
      tasks: z.array(plannedBystanderSchema),
    }),
  ),
  warnings: z.array(warningSchema),
});
export type Plan = z.infer<typeof planSchema>;

/**
 * Names each single harm that a plan does: two plans are compared by these. Of another job it counts how many of its tasks meet which
 * fate, not which: on a busy server tasks come and go, and nobody could ever confirm a plan that names them.
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

/** Whether doing `now` would harm something that was not confirmed. */
export function addsHarm(confirmed: readonly string[], now: readonly string[]): boolean {
  return !new Set(now).isSubsetOf(new Set(confirmed));
}
