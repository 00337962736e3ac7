/** The plan of an abort: what it would do, computed from what the servers hold before anything is done. */
import type { Job } from './job.ts';
import { fateOf } from './settlement.ts';
import type { Task } from './task.ts';

export type AbortMode = 'task' | 'server';
export type BystanderFate = 'restarts' | 'fails' | 'stops';
type PlannedTask = { readonly taskId: string; readonly serverId: string; readonly startedAt: string };
type Bystander = PlannedTask & { readonly status: string; readonly fate: BystanderFate };

export type Plan = {
  readonly planId: string;
  readonly jobId: string;
  readonly mode: AbortMode;
  readonly drainSeconds: number;
  /** The job's own tasks that are stopped. */
  readonly tasks: readonly PlannedTask[];
  readonly servers: readonly { readonly serverId: string; readonly executing: number; readonly cancelling: number }[];
  readonly disruptedJobs: readonly {
    readonly jobId: string;
    readonly name: string;
    readonly createdBy: string;
    readonly tasks: readonly Bystander[];
  }[];
};

/** What the servers hold now: each server's tasks, and the jobs of all of them. */
export type Holdings = { readonly held: ReadonlyMap<string, readonly Task[]>; readonly jobs: ReadonlyMap<string, Job> };

/** Everything that the abort of this job would do, in this mode, given what the servers hold. The caller adds the id. */
export function planAbort(
  job: Job,
  how: { mode: AbortMode; drainSeconds: number },
  now: Holdings,
): Omit<Plan, 'planId'> {
  const own = [...now.held.values()].flat().filter((task) => isAborted(task, job));
  const serverIds = [...new Set(own.map(serverOf))].sort();
  const restarted = how.mode === 'server' ? serverIds : [];
  return {
    jobId: job.jobId,
    ...how,
    tasks: own.map(planned),
    servers: restarted.map((serverId) => ({ serverId, ...countHeld(now.held.get(serverId) ?? []) })),
    disruptedJobs: disruptedJobs(job, restarted, now),
  };
}

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
  return now.some((harm) => !confirmed.includes(harm));
}

function isAborted(task: Task, job: Job): boolean {
  return task.jobId === job.jobId && task.status === 'Cancelling';
}

function serverOf(task: Task): string {
  return task.serverId ?? '';
}

function planned(task: Task): PlannedTask {
  return { taskId: task.taskId, serverId: serverOf(task), startedAt: task.startedAt ?? '' };
}

function countHeld(tasks: readonly Task[]) {
  return {
    executing: tasks.filter((task) => task.status === 'Executing').length,
    cancelling: tasks.filter((task) => task.status === 'Cancelling').length,
  };
}

function disruptedJobs(job: Job, restarted: readonly string[], now: Holdings): Plan['disruptedJobs'] {
  const byJob = new Map<string, Bystander[]>();
  for (const task of restarted.flatMap((serverId) => now.held.get(serverId) ?? [])) {
    const fate = fateOf(task);
    if (isAborted(task, job) || !fate) continue;
    byJob.set(task.jobId, [
      ...(byJob.get(task.jobId) ?? []),
      { ...planned(task), status: task.status, fate: FATES[fate] },
    ]);
  }
  return [...byJob].map(([jobId, tasks]) => {
    const { name = jobId, createdBy = '' } = now.jobs.get(jobId) ?? {};
    return { jobId, name, createdBy, tasks };
  });
}

const FATES = { restart: 'restarts', interrupt: 'fails', stop: 'stops' } as const;
