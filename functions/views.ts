/** Records as the API shows them. A field that the reply's schema does not name is left out. */
import type { z } from 'zod';
import type { Abort } from '#domain/aborts/abort';
import { timelineOf } from '#domain/aborts/timeline';
import { abortActions, jobActions, settingActions } from '#domain/actions/actions';
import type { Feature } from '#domain/feature';
import type { Group } from '#domain/group';
import { effectiveStatus } from '#domain/jobs/effective';
import type { Job } from '#domain/jobs/job';
import {
  abortReplySchema,
  featureReplySchema,
  groupReplySchema,
  jobReplySchema,
  serverReplySchema,
  taskReplySchema,
} from '#domain/replies';
import type { Caller } from '#domain/roles';
import { isAlive, isSilent, leaseUntil, type Server } from '#domain/servers/server';
import type { Attempt, HeldTask, Task } from '#domain/tasks/task';
import { settings } from '#engine/settings';
import { ROUTES } from '#functions/catalog/routes';
import type { ServersHeld } from '#store/fleet/server-pages';
import { readProgress } from '#store/reads/abort-progress';
import { taskCountsOf } from '#store/reads/counting';

/**
 * A job with the counts of its tasks and their age, and what the caller may do to it. In a list the counts need not be
 * read consistently.
 */
export async function jobView(
  job: Job,
  caller: Caller,
  how = { consistent: true },
): Promise<z.infer<typeof jobReplySchema>> {
  // The record has epoch seconds, which DynamoDB needs for its expiry.
  const expiresAt = job.expiresAt === undefined ? undefined : new Date(job.expiresAt * 1000).toISOString();
  const counted = await taskCountsOf(job, how);
  const actions = jobActions(job, counted.taskCounts.Cancelling, caller);
  return jobReplySchema.parse({ ...job, expiresAt, writing: writingOf(job), ...counted, actions });
}

/** A task in its effective status: a cancel shows at once. A task without an input has the input null. */
export function taskView(task: Task, job: Job): z.infer<typeof taskReplySchema> {
  return taskReplySchema.parse({
    ...task,
    status: effectiveStatus(task.status, job.status),
    input: fromJson(task.input) ?? null,
    result: fromJson(task.result),
    attempts: task.serverId === undefined ? task.attempts : [...task.attempts, runningAttempt(task, task.serverId)],
  });
}

/** Servers with the tasks that they run, in their effective status. */
export function serverViews({ servers, held, jobs }: ServersHeld): z.infer<typeof serverReplySchema>[] {
  return servers.map((server) => {
    const tasks = held.get(server.serverId) ?? [];
    const running = tasks.map((task) => {
      return { ...task, status: effectiveStatus(task.status, jobs.get(task.jobId)?.status ?? 'Executing') };
    });
    return serverView(server, running);
  });
}

/** An abort with the outcome of each task or what it still waits for, the progress of each server, and the timeline. */
export async function abortView(abort: Abort, caller: Caller): Promise<z.infer<typeof abortReplySchema>> {
  const [tasks, bystanders, restarts] = await readProgress(abort);
  return abortReplySchema.parse({
    ...abort,
    servers: restarts,
    tasks: tasks.map((task) => ({ ...task, outcome: task.outcome ?? 'Stopping' })),
    bystanders: bystanders.map((task) => ({ ...task, outcome: task.outcome ?? 'Running' })),
    timeline: timelineOf(abort, { restarts, tasks }),
    actions: abortActions(abort, caller),
  });
}

/** A feature, and whether the caller may switch it. */
export function featureView(feature: Feature, caller: Caller): z.infer<typeof featureReplySchema> {
  return featureReplySchema.parse({ ...feature, actions: settingActions(ROUTES['set-feature'].role, caller) });
}

/** A batch group, and whether the caller may change it. */
export function groupView(group: Group, caller: Caller): z.infer<typeof groupReplySchema> {
  return groupReplySchema.parse({ ...group, actions: settingActions(ROUTES['set-group'].role, caller) });
}

function writingOf({ writingUntil: until, unwritten, taskTotal: total }: Job) {
  if (until === undefined) return undefined;
  return { ...(unwritten && { written: total - unwritten.tasks }), total, until };
}

function serverView(server: Server, running: readonly HeldTask[]): z.infer<typeof serverReplySchema> {
  const { drainAborts, drainDeadline: deadline } = server;
  const drain = drainAborts && deadline !== undefined ? { deadline, aborts: [...drainAborts] } : undefined;
  const { heartbeatSeconds } = settings();
  const isNowSilent = isSilent(server, { now: new Date().toISOString(), heartbeatSeconds });
  const lease = isAlive(server) && {
    leaseUntil: leaseUntil(server, heartbeatSeconds),
    ...(isNowSilent && { silentSince: server.heartbeatAt }),
  };
  return serverReplySchema.parse({ ...server, drain, ...lease, running });
}

function fromJson(json: string | undefined): unknown {
  return json === undefined ? undefined : JSON.parse(json);
}

function runningAttempt(task: Task, serverId: string): Attempt {
  return { attempt: task.attempt, serverId, startedAt: task.startedAt ?? task.createdAt };
}
