/** What a job and its tasks wait for, since when, until when, and what to do about it: all computed from records. */
import * as z from 'zod';
import { canRun, mayClaim, type Server, servesAny } from '#domain/servers/server';
import { isFinalJob } from '#domain/statuses';
import type { Task } from '#domain/tasks/task';
import type { Job } from './job.ts';
import { WAITS, type Wait } from './wait-words.ts';

const MAX_TASK_IDS_SHOWN = 5;
const MAX_DEPENDENCIES_SHOWN = 5;
const MAX_JOBS_SHOWN = 5;

export const waitingSchema = z.object({
  for: z.enum(Object.keys(WAITS)),
  /** What it concerns: the batch group, the handler, or the task that most of these, or the first of them, wait for. */
  of: z.string().optional(),
  /** Of a dependency: the open tasks that these wait for, those that most of them wait for first, and how many. */
  dependencies: z.object({ taskIds: z.array(z.string()), total: z.int() }).optional(),
  since: z.string().optional(),
  /** Of several times the first one. */
  until: z.string().optional(),
  /** How many of the tasks that were looked at, and the ids of some. */
  tasks: z.int().optional(),
  taskIds: z.array(z.string()).optional(),
  /** Of taken slots: the jobs whose tasks run there, most tasks first. */
  takenBy: z.array(z.object({ jobId: z.string(), tasks: z.int() })).optional(),
  doNext: z.string(),
  /** The verb of `actions` that helps, if one does. */
  verb: z.string().optional(),
});
/** One thing that a job or some of its tasks wait for, and what to do about it. */
export type Waiting = z.infer<typeof waitingSchema>;

/** An open task, and the time before which it may not start if it is Ready. */
export type OpenTask = Task & { readonly notBefore?: string | undefined };
type Cause = {
  readonly for: Wait;
  readonly of?: string;
  /** The open tasks of a dependency. */
  readonly on?: readonly string[];
  readonly since?: string;
  readonly until?: string;
};
type Facts = {
  readonly job: Job;
  readonly tasks: readonly OpenTask[];
  /** The live servers. */
  readonly servers: readonly Server[];
  readonly now: string;
  /** The open tasks among which dependencies are looked for; by default the tasks themselves. */
  readonly open?: readonly Pick<Task, 'taskId'>[];
};

/** What the job waits for, and then what these of its tasks wait for; tasks that wait for the same are counted. */
export function waitingOf(facts: Facts): Waiting[] {
  const ofJob = causeOfJob(facts.job);
  if (ofJob) return [{ ...ofJob, ...nextOf(ofJob) }];
  const caused = isFinalJob(facts.job.status) ? [] : facts.tasks.map((task) => ({ task, cause: causeOf(task, facts) }));
  const groups = Map.groupBy(caused, ({ cause }) => `${cause?.for} ${cause?.of}`);
  return [...groups.values()].flatMap((group) => summary(group) ?? []);
}

/** The jobs that these tasks belong to, most tasks first. */
export function jobsOf(tasks: readonly Pick<Task, 'jobId'>[]): { jobId: string; tasks: number }[] {
  return [...Map.groupBy(tasks, ({ jobId }) => jobId)]
    .map(([jobId, own]) => ({ jobId, tasks: own.length }))
    .sort((one, other) => other.tasks - one.tasks)
    .slice(0, MAX_JOBS_SHOWN);
}

function nextOf({ for: wait }: Cause) {
  const { doNext, ...more } = WAITS[wait];
  return { doNext, ...('verb' in more ? { verb: more.verb } : {}) };
}

function causeOfJob({ writingUntil, createdAt, requeue, status, heldAt }: Job): Cause | undefined {
  if (writingUntil !== undefined) return { for: 'Writing', since: createdAt, until: writingUntil };
  if (requeue) return { for: 'Requeue', since: requeue.requestedAt };
  return status === 'Withhold' ? { for: 'Hold', ...(heldAt === undefined ? {} : { since: heldAt }) } : undefined;
}

function causeOf(task: OpenTask, facts: Facts): Cause | undefined {
  if (facts.job.status === 'Cancelling') return causeOfCancelling(task, facts.job);
  if (task.status === 'Waiting') return causeOfWaiting(task, facts.open ?? facts.tasks);
  return task.status === 'Ready' ? causeOfReady(task, facts) : undefined;
}

/** What has not started of a cancelled job never starts: it waits for nothing. */
function causeOfCancelling({ serverId, waitingFor }: Task, { cancel }: Job): Cause | undefined {
  if (serverId === undefined) return undefined;
  const since = cancel ? { since: cancel.requestedAt } : {};
  return { for: waitingFor === 'UnmanagedWait' ? waitingFor : 'Told', ...since };
}

function causeOfWaiting({ dependsOn = [] }: Task, open: readonly Pick<Task, 'taskId'>[]): Cause {
  const ids = new Set(open.map(({ taskId }) => taskId));
  return { for: 'Dependency', on: dependsOn.map(({ taskId }) => taskId).filter((taskId) => ids.has(taskId)) };
}

function causeOfReady(task: OpenTask, { servers, now }: Facts): Cause {
  const { notBefore = '', batchGroup, handler } = task;
  if (notBefore > now) return { for: task.failures > 0 ? 'Retry' : 'StartTime', until: notBefore };
  if (!servers.some((server) => servesAny(server.batchGroups, [batchGroup])))
    return { for: 'NoServerForGroup', of: batchGroup };
  const able = servers.filter((server) => canRun(server, task));
  if (able.length === 0) return { for: 'NoServerForHandler', of: handler };
  const claiming = able.filter(isClaiming);
  if (claiming.length === 0) return { for: 'Draining', of: batchGroup, ...timesOf(able) };
  const isFull = claiming.every(({ attempts = 0, slots }) => attempts >= slots);
  return { for: isFull ? 'SlotsTaken' : 'Turn', of: batchGroup };
}

function isClaiming(server: Server): boolean {
  return mayClaim(server) && server.protectionRefusedSince === undefined;
}

function timesOf(servers: readonly Server[]): { since?: string; until?: string } {
  const [since] = servers.flatMap(({ drainingAt = [] }) => drainingAt).sort();
  const [until] = servers.flatMap(({ drainDeadline = [] }) => drainDeadline).sort();
  return { ...(since === undefined ? {} : { since }), ...(until === undefined ? {} : { until }) };
}

/** Tasks with the same cause as one; undefined if they wait for nothing. */
function summary(group: readonly Caused[]): Waiting | undefined {
  const causes = group.flatMap(({ cause }) => cause ?? []);
  const [first] = causes;
  if (!first) return undefined;
  const { on: _on, ...cause } = first;
  const [until] = causes.flatMap((each) => each.until ?? []).sort();
  return {
    ...cause,
    ...(cause.for === 'Dependency' ? dependenciesOf(group) : {}),
    ...(until === undefined ? {} : { until }),
    tasks: group.length,
    taskIds: group.slice(0, MAX_TASK_IDS_SHOWN).map(({ task }) => task.taskId),
    ...nextOf(cause),
  };
}

type Caused = { readonly task: Task; readonly cause: Cause | undefined };

/** Of a chain, what its first task waits for: the others wait for tasks that wait themselves. */
function dependenciesOf(group: readonly Caused[]): Pick<Waiting, 'of' | 'dependencies'> {
  const waiting = new Set(group.map(({ task }) => task.taskId));
  const all = group.flatMap(({ cause }) => cause?.on ?? []);
  const roots = all.filter((taskId) => !waiting.has(taskId));
  const ids = mostOftenFirst(roots.length > 0 ? roots : all);
  const [of] = ids;
  if (of === undefined) return {};
  return { of, dependencies: { taskIds: ids.slice(0, MAX_DEPENDENCIES_SHOWN), total: ids.length } };
}

function mostOftenFirst(names: readonly string[]): string[] {
  const counted = [...Map.groupBy(names, (name) => name)].sort(([, one], [, other]) => other.length - one.length);
  return counted.map(([name]) => name);
}
