/** Aborts: their records, from the request to the proof of what became of each task. */
import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { type Abort, type AbortedTask, abortSchema, type Restart, restartSchema, stopOrder } from '#domain/abort';
import { notFound } from '#domain/errors';
import type { Job } from '#domain/job';
import { serverSchema } from '#domain/server';
import { isFinalAbort, isFinalTask } from '#domain/statuses';
import type { Task } from '#domain/task';
import { documents, tableName } from './client.ts';
import { putEvent } from './events.ts';
import { endOf } from './expiry.ts';
import { setOnJob } from './jobs.ts';
import { readItem, readItems } from './read.ts';
import { orderStops } from './servers.ts';
import { readTasks } from './tasks.ts';
import { type Condition, guardedWrite, type Item } from './write.ts';

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
 * Ends the abort when nothing that it asked for is outstanding any more, with what became of each task and server; gives it when it has ended,
 * undefined while something goes on. A task abort is over when each run that it names has ended; a server abort when each server has
 * been settled or withdrawn. Repeating it does no harm: one guarded write ends it.
 */
export async function completeAbort(abortId: string): Promise<Abort | undefined> {
  const abort = await findAbort(abortId);
  if (!abort || isFinalAbort(abort.status)) return abort;
  const [tasks, restarts] = await Promise.all([readAbortedTasks(abort), readRestarts(abort)]);
  const over =
    abort.mode === 'task'
      ? tasks.every((task) => task.outcome !== undefined)
      : restarts.every((each) => each.settledAt ?? each.withdrawnAt);
  if (!over) return undefined;
  const withdrawn = restarts.some((each) => each.withdrawnAt !== undefined);
  return endAbort(abort, { status: withdrawn ? 'Withdrawn' : 'Completed', tasks, restarts });
}

/** Ends the abort as failed at a step, for a reason. What drains for it is to be given back by the caller. */
export async function failAbort(
  abortId: string,
  failure: { step: string; reason: string },
): Promise<Abort | undefined> {
  const abort = await findAbort(abortId);
  if (!abort || isFinalAbort(abort.status)) return abort;
  const [tasks, restarts] = await Promise.all([readAbortedTasks(abort), readRestarts(abort)]);
  return endAbort(abort, { status: 'Failed', tasks, restarts, failure });
}

type End = Pick<Abort, 'status' | 'tasks' | 'restarts' | 'failure'>;

async function endAbort(abort: Abort, end: End): Promise<Abort> {
  const endedAt = new Date().toISOString();
  const tasks = end.tasks.map(({ outcome = 'NotStopped', ...task }) => ({ ...task, outcome }));
  const written = await guardedWrite({
    table: 'aborts',
    key: { abortId: abort.abortId },
    set: { ...end, tasks, phase: 'Final', ...endOf(endedAt) },
    when: [{ attribute: 'status', in: OPEN }],
  });
  const ended = abortSchema.parse(written.item);
  if (written.applied) {
    await putEvent(
      abort.jobId,
      { at: endedAt, type: `Abort${end.status}`, abortId: abort.abortId, ...end.failure },
      abort.abortId,
    );
  }
  return ended;
}

/** Moves an open abort on to another open status; whether it was in one of these. */
export async function setOnAbort(abortId: string, set: Item, when: readonly Condition[]): Promise<boolean> {
  return (await guardedWrite({ table: 'aborts', key: { abortId }, set, when })).applied;
}

/** Notes that the last server of the abort is past its drain: the abort cannot be withdrawn any more. */
export async function noteRestarting(abortId: string): Promise<void> {
  const abort = await getAbort(abortId);
  const restarts = await readRestarts(abort);
  if (restarts.some((restart) => restart.status === 'Draining' && restart.withdrawnAt === undefined)) return;
  await setOnAbort(abortId, { status: 'Restarting' }, [{ attribute: 'status', in: ['Draining'] }]);
}

/** How far the restart of each server of the abort has come; of one that was withdrawn from it, since when. */
export async function readRestarts(abort: Abort): Promise<Restart[]> {
  const found = await readItems(abort.serverIds.map((serverId) => ({ table: 'servers', key: { serverId } })));
  const servers = new Map(found.map(({ item }) => serverSchema.parse(item)).map((server) => [server.serverId, server]));
  return abort.serverIds.flatMap((serverId) => {
    const frozen = abort.restarts?.find((each) => each.serverId === serverId);
    const server = servers.get(serverId);
    if (!server || frozen?.withdrawnAt !== undefined) return frozen ?? [];
    if (server.drainAborts?.has(abort.abortId)) return restartSchema.parse(server);
    return { serverId, status: server.status, withdrawnAt: abort.withdraw?.at ?? abort.endedAt ?? abort.requestedAt };
  });
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
