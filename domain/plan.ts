/** The plan of an abort: what it would do, computed from what the servers hold before anything is done. */
import type { Job } from './job.ts';
import { MAX_SERVERS_PER_ABORT, MAX_TASKS_PER_ABORT } from './limits.ts';
import { likelySeconds, type RunTimes } from './run-times.ts';
import { ALL_GROUPS, type Server } from './server.ts';
import { fateOf } from './settlement.ts';
import type { TaskStatus } from './statuses.ts';
import type { Task } from './task.ts';

export type AbortMode = 'task' | 'server';
export const BYSTANDER_FATES = ['restarts', 'fails', 'stops'] as const;
export type BystanderFate = (typeof BYSTANDER_FATES)[number];
type PlannedTask = { readonly taskId: string; readonly serverId: string; readonly startedAt: string };
type Bystander = PlannedTask & {
  readonly handler: string;
  readonly status: TaskStatus;
  /** What becomes of it when it is still running at the restart. */
  readonly fate: BystanderFate;
  /** When it is likely to have ended, and whether the drain lasts so long; only when enough runs of its handler are known. */
  readonly likelyEndAt?: string;
  readonly endsWithinDrain?: boolean;
};

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
  readonly warnings: readonly Warning[];
};

/**
 * What the operator should know besides. `NoOtherServer`: nobody else serves this batch group while the servers restart. `MoreToAbort`: so many
 * tasks of the job run beyond what one abort takes on; another abort is for them, when this one has ended.
 */
type Warning =
  | { readonly type: 'NoOtherServer'; readonly batchGroup: string }
  | { readonly type: 'MoreToAbort'; readonly tasks: number };

/** What the servers hold now: their records, each live one's tasks, the jobs of all of them, and how long handlers have taken. */
type Holdings = {
  readonly servers: readonly Server[];
  readonly held: ReadonlyMap<string, readonly Task[]>;
  readonly jobs: ReadonlyMap<string, Job>;
  readonly runTimes: ReadonlyMap<string, RunTimes>;
};
type How = {
  readonly mode: AbortMode;
  readonly drainSeconds: number;
  readonly now: string;
  /** The servers that the confirmed plan is about: what runs elsewhere was not meant. */
  readonly only?: readonly string[] | undefined;
};

/** Everything that the abort of this job would do, in this mode, given what the servers hold. The caller adds the id. */
export function planAbort(job: Job, how: How, holdings: Holdings): Omit<Plan, 'planId'> {
  const { mode, drainSeconds } = how;
  const meant = [...holdings.held.values()].flat().filter((task) => isAborted(task, job));
  const servers = serversOf(meant, how, holdings);
  const own = meant.filter((task) => servers.has(serverOf(task)));
  const restarted = mode === 'server' ? [...new Set(own.map(serverOf))].sort() : [];
  return {
    jobId: job.jobId,
    mode,
    drainSeconds,
    tasks: own.map(planned),
    servers: restarted.map((serverId) => ({ serverId, ...countHeld(holdings.held.get(serverId) ?? []) })),
    disruptedJobs: disruptedJobs(job, { ...how, restarted }, holdings),
    warnings: [...groupsLeftAlone(restarted, holdings.servers), ...leftOver(meant.length - own.length)],
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
  return !new Set(now).isSubsetOf(new Set(confirmed));
}

/** Where the tasks run that this abort stops: on the servers of the confirmed plan as long as they run some, else on as many as it can take on. */
function serversOf(meant: readonly Task[], { only }: How, { held }: Holdings): ReadonlySet<string> {
  const running = new Set(meant.map(serverOf));
  const confirmed = running.intersection(new Set(only));
  if (confirmed.size > 0) return confirmed;
  let tasks = 0;
  const first = [...running].sort().slice(0, MAX_SERVERS_PER_ABORT);
  return new Set(
    first.filter((serverId, index) => {
      tasks += held.get(serverId)?.length ?? 0;
      return index === 0 || tasks <= MAX_TASKS_PER_ABORT;
    }),
  );
}

function leftOver(tasks: number): Warning[] {
  return tasks === 0 ? [] : [{ type: 'MoreToAbort', tasks }];
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

function disruptedJobs(
  job: Job,
  how: How & { restarted: readonly string[] },
  holdings: Holdings,
): Plan['disruptedJobs'] {
  const tasks = how.restarted
    .flatMap((serverId) => holdings.held.get(serverId) ?? [])
    .filter((task) => !isAborted(task, job));
  return [...Map.groupBy(tasks, (task) => task.jobId)].flatMap(([jobId, own]) => {
    const { name = jobId, createdBy = '' } = holdings.jobs.get(jobId) ?? {};
    const bystanders = own.flatMap((task) => bystander(task, how, holdings.runTimes));
    return bystanders.length > 0 ? [{ jobId, name, createdBy, tasks: bystanders }] : [];
  });
}

function bystander(task: Task, how: How, runTimes: Holdings['runTimes']): Bystander[] {
  const fate = fateOf(task);
  if (!fate) return [];
  const { handler, status } = task;
  return [{ ...planned(task), handler, status, fate: FATES[fate], ...likelyEnd(task, how, runTimes.get(handler)) }];
}

/** A cancelled bystander is not waited for, however soon it would end. */
function likelyEnd(
  task: Task,
  how: How,
  runTimes: RunTimes | undefined,
): { likelyEndAt?: string; endsWithinDrain?: boolean } {
  if (!runTimes || task.startedAt === undefined || task.status !== 'Executing') return {};
  const nowMs = Date.parse(how.now);
  const startedMs = Date.parse(task.startedAt);
  const likely = likelySeconds(runTimes, (nowMs - startedMs) / 1000);
  if (likely === undefined) return {};
  const endMs = startedMs + likely * 1000;
  return { likelyEndAt: new Date(endMs).toISOString(), endsWithinDrain: endMs <= nowMs + how.drainSeconds * 1000 };
}

/** The batch groups of restarted servers that no other Active server serves. */
function groupsLeftAlone(restarted: readonly string[], servers: readonly Server[]): Warning[] {
  const others = servers.filter((server) => server.status === 'Active' && !restarted.includes(server.serverId));
  const served = new Set(others.flatMap((server) => server.batchGroups));
  const groups = servers
    .filter((server) => restarted.includes(server.serverId))
    .flatMap((server) => server.batchGroups);
  const alone = [...new Set(groups)].filter((group) => !served.has(group) && !served.has(ALL_GROUPS));
  return alone.map((batchGroup) => ({ type: 'NoOtherServer', batchGroup }));
}

const FATES = { restart: 'restarts', interrupt: 'fails', stop: 'stops' } as const;
