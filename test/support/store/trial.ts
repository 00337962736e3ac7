/** Records for the store's tests, made like the functions make them. */
import { ulid } from 'ulid';
import type { Once } from '#domain/jobs/idempotency';
import { baseOf, type Job } from '#domain/jobs/job';
import { newCounts, newJob, newTasks } from '#domain/jobs/submission';
import { type SubmitJobRequest, submitJobSchema } from '#domain/requests';
import type { Caller } from '#domain/roles';
import type { Server } from '#domain/servers/server';
import type { Task } from '#domain/tasks/task';
import { afterStop } from '#engine/after-stop';
import type { StopProof } from '#engine/aws/containers';
import { proveStop } from '#engine/servers/prove-stop';
import { claimTask } from '#engine/tasks/claim-task';
import { onceOf } from '#functions/middleware/idempotency';
import { guardedWrite, type Item } from '#store/dynamodb/guarded-write';
import { createJob, findJob, getJob, moveJob } from '#store/jobs';
import { registerServer } from '#store/servers';
import { createTasks, getTask } from '#store/tasks';

export type TaskOptions = Partial<SubmitJobRequest['tasks'][number]>;
type JobOptions = Partial<Omit<SubmitJobRequest, 'tasks'>> & { jobId?: string };

/** Who acts in tests. */
export const AUTHOR = { by: 'alice', from: '192.0.2.1', at: new Date().toISOString() } as const;

/** Who asks in tests. */
export const CALLER: Caller = { user: 'alice', roles: ['BatchUser'] };

/** What the repeats of a request with this key are known by. */
export function onceWith(key: string, request: { user?: string; body?: unknown; route?: string } = {}): Once {
  return onceOf({ user: 'alice', route: 'submit-job', body: {}, ...request, key });
}

/** Tasks `t1`, `t2` and so on, all with these options. */
export function tasksLike(count: number, options: TaskOptions = {}): TaskOptions[] {
  return Array.from({ length: count }, (_, index) => ({ taskId: `t${index + 1}`, ...options }));
}

/** Submits a job with these tasks and returns its record. */
export async function submit(tasks: readonly TaskOptions[] = [{}], options: JobOptions = {}): Promise<Job> {
  const { jobId = ulid(), ...rest } = options;
  const request = submitJobSchema.parse({
    name: 'trial',
    ...rest,
    tasks: tasks.map((task) => ({ handler: 'echo', ...task })),
  });
  const now = new Date().toISOString();
  const job = newJob(request, { jobId, createdBy: 'alice', now, priority: request.priority ?? 'Normal' });
  await createTasks(newTasks(job, request.tasks, { firstIndex: 0, now }), job.startAt);
  await createJob({ ...job, countsBase: baseOf(newCounts(request.tasks)) });
  return getJob(jobId);
}

/** Sets attributes of a server, as if they had been written earlier. */
export async function noteOnServer(serverId: string, set: Item): Promise<void> {
  const when = [{ attribute: 'serverId', exists: true }];
  await guardedWrite({ table: 'servers', key: { serverId }, set, when });
}

/** Registers a new server. */
export async function startServer(options: Partial<Server> = {}): Promise<Server> {
  const now = new Date().toISOString();
  const server: Server = {
    serverId: ulid(),
    containerArn: 'arn:aws:ecs:us-east-1:000000000000:task/lastcall/trial',
    status: 'Active',
    batchGroups: ['default'],
    slots: 4,
    startedAt: now,
    heartbeatAt: now,
    ...options,
  };
  if (!(await registerServer(server))) throw new Error(`The server id ${server.serverId} was used before.`);
  return server;
}

/** Claims the task and starts its job, like a server does; returns the claimed task. */
export async function start(job: Job, taskId: string, { serverId }: { serverId: string }): Promise<Task> {
  const task = await getTask(job, taskId);
  const claimed = await claimTask(task, { serverId, now: new Date().toISOString() });
  if (!claimed) throw new Error(`The task ${taskId} could not be claimed.`);
  await moveJob(job.jobId, 'start', { set: { startedAt: claimed.startedAt } });
  return claimed;
}

/** Proves a server's stop and does what follows, like the event of ECS; false if the server never registered. */
export async function recordStop(serverId: string, proof: StopProof): Promise<boolean> {
  const stopped = await proveStop(serverId, proof);
  if (stopped) await afterStop(stopped);
  return stopped !== undefined;
}

/** The recorded statuses of these tasks of the job. */
export async function recordedStatuses(job: Job, ...taskIds: string[]): Promise<string[]> {
  const now = (await findJob(job.jobId)) ?? job;
  return Promise.all(taskIds.map(async (taskId) => (await getTask(now, taskId)).status));
}
