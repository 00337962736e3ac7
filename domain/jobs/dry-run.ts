/** A dry run: what a submission would become, and what would keep its tasks from running. */
import * as z from 'zod';
import type { Server } from '#domain/servers/server';
import { type Task, taskSchema } from '#domain/tasks/task';
import { type Job, jobSchema } from './job.ts';
import { longestChainOf, stagesOf } from './stages.ts';
import { type Waiting, waitingOf, waitingSchema } from './waiting.ts';

const NO_SERVER: readonly Waiting['for'][] = ['NoServerForGroup', 'NoServerForHandler'];

export const dryRunSchema = jobSchema
  .pick({
    name: true,
    status: true,
    batchGroup: true,
    batchGroups: true,
    priority: true,
    system: true,
    createdBy: true,
    createdByName: true,
    startAt: true,
    taskTotal: true,
  })
  .extend({
    dryRun: z.literal(true),
    /** With all defaults, but without their inputs. */
    tasks: z.array(
      taskSchema.pick({
        taskId: true,
        name: true,
        handler: true,
        status: true,
        batchGroup: true,
        maxRetries: true,
        restartable: true,
        ignoreFailure: true,
        timeoutSeconds: true,
        dependsOn: true,
        dependencyCondition: true,
      }),
    ),
    /** The ids of the tasks in the order in which they may run: those of one stage at once. */
    stages: z.array(z.array(z.string())),
    /** The longest chain of tasks that depend on each other. */
    longestChain: z.array(z.string()),
    /** What no live server could run now. */
    warnings: z.array(
      waitingSchema.pick({ for: true, of: true, tasks: true, taskIds: true, doNext: true, verb: true }),
    ),
  });
/** What a submission would become. */
export type DryRun = z.infer<typeof dryRunSchema>;

/** The dry run of a new job with these tasks; `servers` are the live ones. */
export function dryRunOf(job: Job, tasks: readonly Task[], at: { servers: readonly Server[]; now: string }): DryRun {
  const ready = tasks.map((task): Task => ({ ...task, status: 'Ready' }));
  const waits = waitingOf({ ...at, job: { ...job, status: 'Waiting' }, tasks: ready });
  return dryRunSchema.parse({
    ...job,
    dryRun: true,
    tasks,
    stages: stagesOf(tasks),
    longestChain: longestChainOf(tasks),
    warnings: waits.filter((wait) => NO_SERVER.includes(wait.for)),
  });
}
