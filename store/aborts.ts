/** Aborts: their records, from the request to the proof of what became of each task. */
import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { type Abort, type AbortedTask, abortSchema, stopOrder } from '#domain/abort';
import { notFound } from '#domain/errors';
import type { Job } from '#domain/job';
import { isFinalAbort, isFinalTask } from '#domain/statuses';
import type { Task } from '#domain/task';
import { documents, tableName } from './client.ts';
import { putEvent } from './events.ts';
import { expiryOf } from './expiry.ts';
import { setOnJob } from './jobs.ts';
import { readItem } from './read.ts';
import { orderStops } from './servers.ts';
import { readTasks } from './tasks.ts';
import { guardedWrite } from './write.ts';

const OPEN = ['Draining', 'Restarting', 'Stopping'] as const;

/**
 * Creates the abort and links it to its job; false when another abort was first or the job is not Cancelling any more.
 * The link decides: a record that could not be linked is taken away again, by the reaper if we die before that.
 */
export async function createAbort(job: Job, abort: Abort): Promise<boolean> {
  await documents.send(new PutCommand({ TableName: tableName('aborts'), Item: { ...abort, phase: 'Open' } }));
  const linked = await setOnJob(job.jobId, { abortId: abort.abortId }, [
    { attribute: 'status', in: ['Cancelling'] },
    job.abortId === undefined ? { attribute: 'abortId', exists: false } : { attribute: 'abortId', in: [job.abortId] },
  ]);
  if (!linked) await deleteAbort(abort.abortId);
  return linked;
}

/** Takes a record away that was never linked to its job. */
export async function deleteAbort(abortId: string): Promise<void> {
  await documents.send(new DeleteCommand({ TableName: tableName('aborts'), Key: { abortId } }));
}

/** Orders the servers to stop the abort's runs. Repeating it does no harm: an order names a claim, and a claim ends once. */
export async function orderAbort(abort: Abort): Promise<void> {
  const byServer = Map.groupBy(abort.tasks, (task) => task.serverId);
  for (const [serverId, tasks] of byServer) {
    await orderStops(
      serverId,
      tasks.map((task) => stopOrder(task, abort.abortId)),
    );
  }
}

/** The aborted task that a held one becomes. */
export function toAbortedTask(task: Task): AbortedTask {
  const { jobId, taskId, shardId, serverId = '', claimId = '' } = task;
  return { jobId, taskId, shardId, serverId, claimId };
}

/**
 * The abort, read consistently.
 * @throws Refusal NotFound
 */
export async function getAbort(abortId: string): Promise<Abort> {
  const abort = await findAbort(abortId);
  if (!abort) throw notFound('abort', abortId);
  return abort;
}

/** The abort, or undefined when there is none. */
export async function findAbort(abortId: string): Promise<Abort | undefined> {
  return abortSchema.safeParse(await readItem('aborts', { abortId })).data;
}

/**
 * Ends a task abort when every run that it names has ended, with what became of each; undefined while one goes on.
 * Repeating it does no harm: one guarded write ends it.
 */
export async function completeAbort(abortId: string): Promise<Abort | undefined> {
  const abort = await findAbort(abortId);
  if (!abort || isFinalAbort(abort.status)) return abort;
  const tasks = await readAbortedTasks(abort);
  if (tasks.some((task) => task.outcome === undefined)) return undefined;
  const endedAt = new Date().toISOString();
  const written = await guardedWrite({
    table: 'aborts',
    key: { abortId },
    set: { status: 'Completed', phase: 'Final', endedAt, tasks, expiresAt: expiryOf(endedAt) },
    append: { timeline: [{ at: endedAt, type: 'Completed' }] },
    when: [{ attribute: 'status', in: OPEN }],
  });
  if (written.applied) await putEvent(abort.jobId, { at: endedAt, type: 'AbortCompleted', abortId }, abortId);
  return abortSchema.parse(written.item);
}

/** The abort's tasks as they are now: with the outcome of those whose run has ended, with what the others wait for. */
export async function readAbortedTasks(abort: Abort): Promise<(AbortedTask & { waitingFor?: string })[]> {
  if (isFinalAbort(abort.status)) return abort.tasks;
  const tasks = await readTasks(abort.tasks);
  const recorded = new Map(tasks.map((task) => [`${task.jobId}/${task.taskId}`, task]));
  return abort.tasks.map((aborted) => {
    const task = recorded.get(`${aborted.jobId}/${aborted.taskId}`);
    if (!task) return { ...aborted, outcome: 'Expired' };
    if (isFinalTask(task.status)) return { ...aborted, outcome: task.status };
    // Another claim than the one that was to be stopped: that run has ended, whatever runs now is not meant.
    if (task.claimId !== aborted.claimId) return { ...aborted, outcome: 'Superseded' };
    return task.waitingFor === undefined ? aborted : { ...aborted, waitingFor: task.waitingFor };
  });
}
