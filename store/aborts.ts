/** Aborts: their records, from the request to the outcome of each task. */
import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import {
  type Abort,
  type AbortedTask,
  abortSchema,
  type Bystander,
  isWithdrawn,
  type Restart,
  stopOrder,
} from '#domain/aborts/abort';
import type { BystanderFate } from '#domain/aborts/plan';
import { notFound } from '#domain/errors';
import type { Job } from '#domain/jobs/job';
import { ABORT_MOVES } from '#domain/moves';
import { isFinalAbort } from '#domain/statuses';
import type { Task } from '#domain/tasks/task';
import { documents, tableName } from '#store/dynamodb/client';
import { type Condition, guardedWrite, type Item } from '#store/dynamodb/guarded-write';
import { parseRecord } from '#store/dynamodb/parse-record';
import { readItem } from '#store/dynamodb/read';
import { readProgress } from '#store/reads/abort-progress';
import { putEvent } from './events.ts';
import { endOf } from './expiry.ts';
import { setOnJob } from './jobs.ts';
import { orderStops } from './servers.ts';

/** The name of a change of an abort's status. */
type AbortMove = keyof typeof ABORT_MOVES;

/** Puts the record in whose name servers may drain. The abort is not in force yet: nobody ends or withdraws it. */
export async function prepareAbort(abort: Abort): Promise<void> {
  await documents().send(new PutCommand({ TableName: tableName('aborts'), Item: { ...abort, phase: 'Requested' } }));
}

/**
 * Brings a prepared abort into force, with the servers that it does restart and those that these run beside it, and links it to its job, which
 * decides: false when another abort was first, the job is not Cancelling any more, or the reaper has taken the record for that of a dead
 * request. The caller is to discard it then.
 */
export async function enactAbort(job: Job, { abortId, serverIds, bystanders }: Abort): Promise<boolean> {
  const opened = await setOnAbort(abortId, { phase: 'Open', serverIds, bystanders }, [
    { attribute: 'phase', in: ['Requested'] },
  ]);
  return (
    opened &&
    (await setOnJob(job.jobId, { abortId }, [
      { attribute: 'status', in: ['Cancelling'] },
      job.abortId === undefined ? { attribute: 'abortId', exists: false } : { attribute: 'abortId', in: [job.abortId] },
    ]))
  );
}

/** Deletes the record of an abort that never came into force. 1 WCU for each KB of the record. */
export async function deleteAbort(abortId: string): Promise<void> {
  await documents().send(new DeleteCommand({ TableName: tableName('aborts'), Key: { abortId } }));
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

/**
 * A record of the table as an abort.
 * @throws MalformedRecord
 */
export function toAbort(item: Item): Abort {
  return parseRecord(abortSchema, 'aborts', item);
}

/** The entry of an abort for a task that it stops. */
export function toAbortedTask(task: Task): AbortedTask {
  const { jobId, taskId, shardId, serverId = '', claimId = '', attempt } = task;
  return { jobId, taskId, shardId, serverId, claimId, attempt };
}

/** The entry of an abort for a bystander. */
export function toBystander(task: Task & { fate: BystanderFate }): Bystander {
  return { ...toAbortedTask(task), attempt: task.attempt, fate: task.fate };
}

/**
 * The abort, read consistently. 1 RCU for each 4 KB.
 * @throws Refusal NotFound
 * @throws MalformedRecord
 */
export async function getAbort(abortId: string): Promise<Abort> {
  const abort = await findAbort(abortId);
  if (!abort) throw notFound('abort', abortId);
  return abort;
}

/**
 * The abort, read consistently; undefined if it does not exist. 1 RCU for each 4 KB.
 * @throws MalformedRecord
 */
export async function findAbort(abortId: string): Promise<Abort | undefined> {
  const item = await readItem('aborts', { abortId });
  return item && toAbort(item);
}

/**
 * Ends the abort when nothing that it asked for is outstanding any more, with what became of each task and server; gives it when it has ended,
 * undefined while something goes on. A task abort is over when each run that it names has ended; a server abort when each server has
 * been settled or withdrawn. Repeating it does no harm: one guarded write ends it.
 */
export async function completeAbort(abortId: string): Promise<Abort | undefined> {
  const abort = await findAbort(abortId);
  if (!abort || isFinalAbort(abort.status)) return abort;
  const [tasks, bystanders, restarts] = await readProgress(abort);
  const over =
    abort.mode === 'task'
      ? tasks.every((task) => task.outcome !== undefined)
      : restarts.every((each) => each.settledAt ?? each.withdrawnAt);
  if (!over && !abort.failure) return undefined;
  return endAbort(abort, endOfAbort(abort, restarts), { tasks, bystanders, restarts });
}

/** A failure that was noted stays one, though the servers that were given back for it look withdrawn. */
function endOfAbort({ failure }: Abort, restarts: readonly Restart[]): 'fail' | 'withdraw' | 'complete' {
  if (failure) return 'fail';
  return isWithdrawn(restarts) ? 'withdraw' : 'complete';
}

type End = Pick<Abort, 'bystanders'> & {
  readonly tasks: readonly AbortedTask[];
  readonly restarts: readonly Restart[];
};

async function endAbort(abort: Abort, move: AbortMove, end: End): Promise<Abort> {
  const endedAt = new Date().toISOString();
  const tasks = end.tasks.map(({ outcome = 'NotStopped', ...task }) => ({ ...task, outcome }));
  const bystanders = end.bystanders.map(({ outcome = 'Undisturbed', ...task }) => ({ ...task, outcome }));
  const written = await guardedWrite({
    table: 'aborts',
    key: { abortId: abort.abortId },
    move: ABORT_MOVES[move],
    set: { ...end, tasks, bystanders, phase: 'Final', ...endOf(endedAt) },
    when: [],
  });
  const ended = toAbort(written.item ?? {});
  if (written.applied) await tellEnd(ended, endedAt);
  return ended;
}

/** The aborted job and each one that was disrupted say in their own events how the abort has ended. */
async function tellEnd(
  { abortId, jobId: abortedJobId, status, failure, bystanders }: Abort,
  at: string,
): Promise<void> {
  for (const jobId of new Set([abortedJobId, ...bystanders.map((bystander) => bystander.jobId)])) {
    const whose = jobId === abortedJobId ? {} : { abortedJobId };
    await putEvent(jobId, { at, type: `Abort${status}`, abortId, ...whose, ...failure }, abortId);
  }
}

/** Moves the abort in one guarded write; false if its status does not allow it. 1 WCU for each KB of the record. */
export async function moveAbort(abortId: string, move: AbortMove): Promise<boolean> {
  return (await guardedWrite({ table: 'aborts', key: { abortId }, move: ABORT_MOVES[move], when: [] })).applied;
}

/** Sets attributes of an abort; false if these conditions do not hold. 1 WCU for each KB of the record. */
export async function setOnAbort(abortId: string, set: Item, when: readonly Condition[]): Promise<boolean> {
  return (await guardedWrite({ table: 'aborts', key: { abortId }, set, when })).applied;
}
