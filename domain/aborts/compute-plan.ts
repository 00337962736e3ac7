/** Planning of an abort: what it would do, computed from what the servers hold. It changes nothing. */
import type { Job } from '#domain/jobs/job';
import { MAX_SERVERS_PER_ABORT, MAX_TASKS_PER_ABORT } from '#domain/limits';
import { ALL_GROUPS, type Server } from '#domain/servers/server';
import { likelySeconds, type RunTimes } from '#domain/tasks/run-times';
import { fateOf } from '#domain/tasks/settlement';
import type { Task } from '#domain/tasks/task';
import type { AbortMode, Plan, PlannedBystander, PlannedTask, Warning } from './plan.ts';

/** What a plan is computed from. */
type Known = {
  /** All live servers. */
  readonly servers: readonly Pick<Server, 'serverId' | 'status' | 'batchGroups'>[];
  /** What each server holds of those that the abort may restart; for a task abort, at least what it stops. */
  readonly held: ReadonlyMap<string, readonly Held[]>;
  /** How many tasks of the job other servers hold. */
  readonly elsewhere?: number;
  /** The jobs of the held tasks. */
  readonly jobs: ReadonlyMap<string, Pick<Job, 'name' | 'createdBy' | 'createdByName'>>;
  /** How long their handlers have taken. */
  readonly runTimes: ReadonlyMap<string, RunTimes>;
};
type Held = Pick<Task, 'jobId' | 'taskId' | 'status' | 'serverId' | 'startedAt' | 'handler' | 'restartable' | 'losses'>;
type How = {
  readonly mode: AbortMode;
  readonly drainSeconds: number;
  readonly now: string;
  /** The servers of the confirmed plan: tasks elsewhere were not confirmed. */
  readonly only?: readonly string[] | undefined;
};

/** Everything that an abort of this job would do in this mode. The caller adds the id. */
export function computePlan(job: Job, how: How, known: Known): Omit<Plan, 'planId'> {
  const { mode, drainSeconds } = how;
  const meant = [...known.held.values()].flat().filter((task) => isAborted(task, job));
  const servers = serversOf(meant, how, known);
  const own = meant.filter((task) => servers.has(serverOf(task)));
  const restarted = mode === 'server' ? [...new Set(own.map(serverOf))].sort() : [];
  return {
    jobId: job.jobId,
    mode,
    drainSeconds,
    tasks: own.map(planned),
    servers: restarted.map((serverId) => ({ serverId, ...countHeld(known.held.get(serverId) ?? []) })),
    disruptedJobs: disruptedJobs(job, { ...how, restarted }, known),
    warnings: [
      ...groupsLeftAlone(restarted, known.servers),
      ...leftOver(meant.length - own.length + (known.elsewhere ?? 0)),
    ],
  };
}

/** The servers of the confirmed plan if they still run tasks of the job; else as many servers as one abort takes. */
function serversOf(meant: readonly Held[], { only }: How, { held }: Known): ReadonlySet<string> {
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

function isAborted(task: Held, job: Job): boolean {
  return task.jobId === job.jobId && task.status === 'Cancelling';
}

function serverOf(task: Held): string {
  return task.serverId ?? '';
}

function planned(task: Held): PlannedTask {
  return { taskId: task.taskId, serverId: serverOf(task), startedAt: task.startedAt ?? '' };
}

function countHeld(tasks: readonly Held[]) {
  return {
    executing: tasks.filter((task) => task.status === 'Executing').length,
    cancelling: tasks.filter((task) => task.status === 'Cancelling').length,
  };
}

function disruptedJobs(job: Job, how: How & { restarted: readonly string[] }, known: Known): Plan['disruptedJobs'] {
  const tasks = how.restarted
    .flatMap((serverId) => known.held.get(serverId) ?? [])
    .filter((task) => !isAborted(task, job));
  return [...Map.groupBy(tasks, (task) => task.jobId)].flatMap(([jobId, own]) => {
    const { name = jobId, createdBy = '', createdByName } = known.jobs.get(jobId) ?? {};
    const owner = { createdBy, ...(createdByName === undefined ? {} : { createdByName }) };
    const bystanders = own.flatMap((task) => bystander(task, how, known.runTimes));
    return bystanders.length > 0 ? [{ jobId, name, ...owner, tasks: bystanders }] : [];
  });
}

function bystander(task: Held, how: How, runTimes: Known['runTimes']): PlannedBystander[] {
  const fate = fateOf(task);
  if (!fate) return [];
  const { handler, status } = task;
  return [{ ...planned(task), handler, status, fate: FATES[fate], ...likelyEnd(task, how, runTimes.get(handler)) }];
}

/** Nothing for a cancelled bystander: the drain does not wait for it. */
function likelyEnd(
  task: Held,
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
function groupsLeftAlone(restarted: readonly string[], servers: Known['servers']): Warning[] {
  const others = servers.filter((server) => server.status === 'Active' && !restarted.includes(server.serverId));
  const served = new Set(others.flatMap((server) => server.batchGroups));
  const groups = servers
    .filter((server) => restarted.includes(server.serverId))
    .flatMap((server) => server.batchGroups);
  const alone = [...new Set(groups)].filter((group) => !served.has(group) && !served.has(ALL_GROUPS));
  return alone.map((batchGroup) => ({ type: 'NoOtherServer', batchGroup }));
}

const FATES = { restart: 'restarts', interrupt: 'fails', stop: 'stops' } as const;
