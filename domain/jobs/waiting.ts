/** What a job and its tasks wait for, since when, until when, and what to do about it: all computed from records. */
import * as z from 'zod';
import type { JobVerb } from '#domain/actions/job-rules';
import { canRun, mayClaim, type Server, servesAny } from '#domain/servers/server';
import { isFinalJob } from '#domain/statuses';
import type { Task } from '#domain/tasks/task';
import type { Job } from './job.ts';

const MAX_TASK_IDS_SHOWN = 5;
const MAX_JOBS_SHOWN = 5;

/** What to do about each kind of wait. */
const DO_NEXT = {
  Writing: 'Wait until all tasks of the job are written.',
  Requeue: 'Wait until the requeue has made the tasks ready again, or cancel the job.',
  Hold: 'Release the job.',
  StartTime: 'Wait for the time.',
  Dependency: 'Wait for the tasks that these depend on.',
  Retry: 'Wait for the time, or cancel the job if the error will not go away.',
  NoServerForGroup: 'Start a server that serves the batch group. A fleet that sleeps is woken by itself.',
  NoServerForHandler: 'Correct the name, or deploy servers with this handler. Without one the task soon ends in Error.',
  Draining: 'Wait: the servers that can run these claim nothing, because they drain, stop or are replaced.',
  SlotsTaken: 'Wait for a free slot, start more servers, or raise the priority of the job.',
  Turn: 'Wait: a server has a free slot, and claims these in a moment or after more urgent tasks.',
  Told: 'Wait until the handlers end by themselves, or read the abort plan.',
  UnmanagedWait:
    'Wait until the handlers leave native code, or abort with EnhancedBatchAbort, which restarts the servers.',
} as const;
type Wait = keyof typeof DO_NEXT;

/** The verb that helps, as `actions` of the job have it. */
const VERBS: Partial<Record<Wait, JobVerb>> = {
  Requeue: 'cancel',
  Hold: 'release',
  Retry: 'cancel',
  NoServerForHandler: 'cancel',
  SlotsTaken: 'setPriority',
  Told: 'abort',
  UnmanagedWait: 'abort',
};

export const waitingSchema = z.object({
  for: z.enum(Object.keys(DO_NEXT)),
  /** What it concerns: the batch group, the handler, or the task that most of these, or the first of them, wait for. */
  of: z.string().optional(),
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
type Cause = { readonly for: Wait; readonly of?: string; readonly since?: string; readonly until?: string };
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
  const groups = Map.groupBy(caused, ({ cause }) => `${cause?.for} ${cause?.for === 'Dependency' ? '' : cause?.of}`);
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
  const verb = VERBS[wait];
  return { doNext: DO_NEXT[wait], ...(verb === undefined ? {} : { verb }) };
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
  const first = dependsOn.find(({ taskId }) => open.some((task) => task.taskId === taskId));
  return { for: 'Dependency', ...(first ? { of: first.taskId } : {}) };
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
function summary(group: readonly { task: Task; cause: Cause | undefined }[]): Waiting | undefined {
  const causes = group.flatMap(({ cause }) => cause ?? []);
  const [cause] = causes;
  if (!cause) return undefined;
  const [until] = causes.flatMap((each) => each.until ?? []).sort();
  const of = mostOften(rootsOf(group)) ?? mostOften(causes.flatMap((each) => each.of ?? []));
  return {
    ...cause,
    ...(of === undefined ? {} : { of }),
    ...(until === undefined ? {} : { until }),
    tasks: group.length,
    taskIds: group.slice(0, MAX_TASK_IDS_SHOWN).map(({ task }) => task.taskId),
    ...nextOf(cause),
  };
}

/** Of a chain, what its first task waits for: the others wait for tasks that wait themselves. */
function rootsOf(group: readonly { task: Task; cause: Cause | undefined }[]): string[] {
  const waiting = new Set(group.map(({ task }) => task.taskId));
  return group.flatMap(({ cause }) => (cause?.of === undefined || waiting.has(cause.of) ? [] : [cause.of]));
}

function mostOften(names: readonly string[]): string | undefined {
  const counted = [...Map.groupBy(names, (name) => name)].sort(([, one], [, other]) => other.length - one.length);
  return counted[0]?.[0];
}
