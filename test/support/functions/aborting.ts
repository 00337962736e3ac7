/** Aborts under way, as their requests leave them. */
import { ulid } from 'ulid';
import { type Abort, toAbortedTask } from '#domain/aborts/abort';
import type { Job } from '#domain/jobs/job';
import type { Server } from '#domain/servers/server';
import { acceptCancel } from '#engine/jobs/cancel-job';
import { cancelTasks } from '#engine/jobs/cancel-tasks';
import { orderDrain } from '#engine/servers/order-drain';
import { enactAbort, prepareAbort } from '#store/aborts';
import { heldTasks } from '#store/tasks';
import { start, startServer, submit, tasksLike } from '#test/support/store/trial';

const DRAIN_MS = 900_000;

/** A job with this number of tasks, which run on the server and stay Cancelling. */
export async function cancelling(server: Pick<Server, 'serverId'>, count = 1): Promise<Job> {
  const tasks = tasksLike(count);
  const job = await submit(tasks);
  for (const { taskId = '' } of tasks) await start(job, taskId, server);
  return cancelAll(job);
}

/** The job cancelled, and each of its tasks marked or dropped. */
export async function cancelAll(job: Job): Promise<Job> {
  const cancelled = await acceptCancel(job.jobId, { by: 'alice', at: new Date().toISOString() });
  await cancelTasks(cancelled, Number.POSITIVE_INFINITY);
  return cancelled;
}

/** Another job: its task `b` runs on the server, and its task `c` depends on it. */
export async function bystander(server: Pick<Server, 'serverId'>, restartable = true): Promise<Job> {
  const job = await submit([
    { taskId: 'b', restartable },
    { taskId: 'c', dependsOn: [{ taskId: 'b', expected: 'Finished' }] },
  ]);
  await start(job, 'b', server);
  return job;
}

/** An abort of a job that runs on a new server, which drains for it. */
export async function draining(options: Partial<Server> = {}): Promise<{ abort: Abort; job: Job; server: Server }> {
  const server = await startServer(options);
  const job = await cancelling(server);
  return { abort: await abortOn(job, server), job, server };
}

/** A task abort of a job of its own that the server runs. */
export async function taskAbort(server: Server): Promise<Abort> {
  const job = await cancelling(server);
  return abortOn(job, server, { mode: 'task', status: 'Stopping', serverIds: [] });
}

/** An abort of the job that is in force; one in mode `server` has the server drain. */
export async function abortOn(job: Job, server: Server, change: Partial<Abort> = {}): Promise<Abort> {
  const abort = await prepared(job, server, change);
  if (!(await enactAbort(job, abort))) throw new Error('The abort did not come into force.');
  return abort;
}

/** An abort that is not in force yet, but for which the server already drains. */
export async function prepared(job: Job, server: Server, change: Partial<Abort> = {}): Promise<Abort> {
  const now = new Date().toISOString();
  const deadline = new Date(Date.now() + DRAIN_MS).toISOString();
  const abort: Abort = {
    abortId: ulid(),
    jobId: job.jobId,
    run: job.run,
    mode: 'server',
    status: 'Draining',
    requestedBy: 'olga',
    reason: 'hangs',
    requestedAt: now,
    drainSeconds: DRAIN_MS / 1000,
    drainDeadline: deadline,
    serverIds: [server.serverId],
    tasks: (await heldTasks(server.serverId)).filter(({ jobId }) => jobId === job.jobId).map(toAbortedTask),
    bystanders: [],
    ...change,
  };
  await prepareAbort(abort);
  if (abort.mode === 'server') await orderDrain(server.serverId, { abortId: abort.abortId, now, deadline });
  return abort;
}
