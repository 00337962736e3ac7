/** Tasks: their records, and reads of them. `engine/tasks/claim-task.ts` changes the tasks that a server holds. */
import * as z from 'zod';
import { Contended, notFound } from '#domain/errors';
import type { Job } from '#domain/jobs/job';
import { candidateShards, shardKey } from '#domain/jobs/shards';
import { isFinalTask } from '#domain/statuses';
import { endedAttempts } from '#domain/tasks/settlement';
import { idOfKey, readyKey, statusKey, TASK_DEFAULTS, type Task, taskSchema } from '#domain/tasks/task';
import { createItems } from '#store/dynamodb/create-items';
import { guardedDelete } from '#store/dynamodb/guarded-delete';
import type { Item } from '#store/dynamodb/guarded-write';
import { parseEach, parseRecord } from '#store/dynamodb/parse-record';
import { queryAll, queryPage, readItems } from '#store/dynamodb/read';
import { packedTextSchema, packText } from './packed-text.ts';

/** The key of a task's record. */
export type TaskKey = { readonly shardId: string; readonly taskId: string };

/** The key of a task that was found Ready, with the key in that index: a run and a retry since then change it. */
export type ReadyTaskKey = TaskKey & { readonly readyKey?: string };

/** What a held task has, and loses when it is given back or ends. A finished one may still have it, but no open key. */
export const HELD = ['serverId', 'claimId', 'startedAt', 'waitingFor'] as const;

/** The key by which a task is found while it is open: in its shard, and among what a server holds. It never changes. */
export function openKey({ jobId, taskId }: { readonly jobId: string; readonly taskId: string }): string {
  return `${jobId}#${taskId}`;
}

/** Only the key of the task. */
export function keyOf({ shardId, taskId }: TaskKey): TaskKey {
  return { shardId, taskId };
}

/**
 * Creates the records of new tasks, 25 a request. Safe to repeat at any time: a task that exists stays as it is, even
 * if it has ended. 3 WCU each up to 1 KB; 1 WCU and 1 RCU for one that exists.
 * @throws Throttled, OutOfTime
 * @throws Contended if another request has left a task with the same id
 */
export async function createTasks(tasks: readonly Task[], notBefore?: string): Promise<void> {
  const items = tasks.map((task) => ({
    ...toItem(task),
    openKey: openKey(task),
    readyKey: task.status === 'Ready' ? readyKey(task, notBefore) : statusKey(task, 'Waiting'),
  }));
  const taken = await createItems('tasks', items);
  if (taken.length > 0) await checkSame(taken.map(toTask));
}

/** A new task's record, without what its reader knows: the fewer attributes, the faster it is written. */
function toItem({ name, attempts, input, ...task }: Task): Item {
  const said = Object.entries(task).filter(([attribute, value]) => UNSAID.get(attribute) !== value);
  return {
    ...Object.fromEntries(said),
    ...(name === task.taskId ? {} : { name }),
    ...(input === undefined ? {} : { input: packText(input) }),
    ...(attempts.length === 0 ? {} : { attempts }),
  };
}

const UNSAID: ReadonlyMap<string, unknown> = new Map(Object.entries(TASK_DEFAULTS));

/** A batched write removes one attribute at most; what else it clears is null. */
function withUnsaid(item: Item): Item {
  const said = Object.values(item).includes(null)
    ? Object.fromEntries(Object.entries(item).filter(([, value]) => value !== null))
    : item;
  return { ...TASK_DEFAULTS, name: item.taskId, attempts: [], ...said };
}

/** A task has its time of creation and its place in the job from one request only. */
async function checkSame(tasks: readonly Task[]): Promise<void> {
  const found = new Map((await readTasks(tasks)).map((task) => [idOfKey(task), task]));
  for (const task of tasks) {
    const there = found.get(idOfKey(task));
    if (there?.createdAt !== task.createdAt || there.index !== task.index)
      throw new Contended(`task ${task.taskId}`, 1);
  }
}

/**
 * Deletes the record of a task that its job does not count, unless a server has claimed it. 1 WCU for each KB, and 1
 * for each index entry.
 */
export async function deleteTask(key: TaskKey): Promise<void> {
  await guardedDelete({ table: 'tasks', key: keyOf(key), when: [{ attribute: 'attempt', notAfter: 0 }] });
}

/**
 * A record of the table as a task.
 * @throws MalformedRecord
 */
export function toTask(item: Item): Task {
  return parseRecord(recordSchema, 'tasks', withUnsaid(item));
}

/** Records of the table as tasks; malformed ones are logged and left out. */
export function toTasks(items: readonly Item[]): Task[] {
  return parseEach(recordSchema, 'tasks', items.map(withUnsaid));
}

/**
 * The task of this job with this id, read consistently. 1 RCU for each of its candidate shards.
 * @throws Refusal NotFound
 * @throws MalformedRecord
 */
export async function getTask(job: Job, taskId: string): Promise<Task> {
  const [task] = await findTasks(job, [taskId]);
  if (!task || !isCounted(task, job)) throw notFound('task', taskId);
  return task;
}

/** Whether the task counts as one of the job's: tasks that a request adds count only when all of them exist. */
export function isCounted({ index }: Pick<Task, 'index'>, { taskTotal }: Pick<Job, 'taskTotal'>): boolean {
  return index < taskTotal;
}

/**
 * The tasks of the job with these ids, in any order, read consistently. 1 RCU for each id and candidate shard.
 * @throws MalformedRecord
 */
export async function findTasks(job: Job, taskIds: readonly string[]): Promise<Task[]> {
  return readTasks(
    taskIds.flatMap((taskId) =>
      candidateShards(job.shards, taskId).map((shard) => ({ shardId: shardKey(job.jobId, shard), taskId })),
    ),
  );
}

/**
 * The tasks with these keys, read consistently, each once; missing tasks are left out. 1 RCU for each 4 KB of a task.
 * @throws MalformedRecord
 */
export async function readTasks(keys: readonly TaskKey[]): Promise<Task[]> {
  return (await readRecords(keys)).map(toTask);
}

/**
 * One page of a shard's tasks in the order of their ids, after the given id, read consistently. 1 RCU for each 4 KB.
 * @throws MalformedRecord
 */
export async function pageOfTasks(
  shardId: string,
  page: { afterTaskId?: string | undefined; limit: number },
): Promise<{ tasks: Task[]; more: boolean }> {
  const reply = await queryPage({
    table: 'tasks',
    partition: ['shardId', shardId],
    limit: page.limit,
    consistent: true,
    after: page.afterTaskId === undefined ? undefined : { shardId, taskId: page.afterTaskId },
  });
  return { tasks: reply.items.map((item) => toTask(item)), more: reply.next !== undefined };
}

/**
 * The first tasks of the shard between these ids, both included, in the order of their ids, read consistently. 1 RCU
 * for each 4 KB.
 * @throws MalformedRecord
 */
export async function tasksBetween(
  shardId: string,
  { from, to }: { readonly from: string; readonly to: string },
  limit: number,
): Promise<{ tasks: Task[]; more: boolean }> {
  const { items, next } = await queryPage({
    table: 'tasks',
    partition: ['shardId', shardId],
    from: ['taskId', from],
    to: ['taskId', to],
    limit,
    consistent: true,
  });
  return { tasks: items.map(toTask), more: next !== undefined };
}

/**
 * Keys of the shard's Ready tasks that may start by `now`, at most `limit`, in the order of their ready keys, after the
 * given one; may lag a moment behind. 0.5 RCU for each 4 KB.
 */
export async function readyTaskKeys(
  shardId: string,
  wanted: { batchGroup: string; now: string; limit: number; after?: string | undefined },
): Promise<ReadyTaskKey[]> {
  const reply = await queryPage({
    table: 'tasks',
    index: 'byReady',
    partition: ['shardId', shardId],
    // No key has a space: with one more, a key is the next possible one.
    from: ['readyKey', wanted.after === undefined ? `${wanted.batchGroup}#` : `${wanted.after} `],
    to: ['readyKey', `${wanted.batchGroup}#${wanted.now}~`],
    limit: wanted.limit,
  });
  return parseEach(readyKeySchema, 'tasks', reply.items);
}

/**
 * The tasks that a server holds. The index may lag: a task that was just claimed can be missing, but none is too many.
 * Malformed tasks are logged and left out. 0.5 RCU, and 1 for each task held.
 */
export async function heldTasks(serverId: string): Promise<Task[]> {
  const keys = await queryAll({ table: 'tasks', index: 'byServer', partition: ['serverId', serverId] });
  const tasks = toTasks(await readRecords(parseEach(keySchema, 'tasks', keys)));
  return tasks.filter((task) => task.serverId === serverId && !isFinalTask(task.status));
}

async function readRecords(keys: readonly TaskKey[]): Promise<Item[]> {
  const distinct = new Map(keys.map((key) => [idOfKey(key), keyOf(key)]));
  const found = await readItems([...distinct.values()].map((key) => ({ table: 'tasks', key })));
  return found.map(({ item }) => item);
}

const recordSchema = taskSchema
  .extend({
    input: packedTextSchema.optional(),
    result: packedTextSchema.optional(),
    openKey: z.string().optional(),
  })
  .transform(({ openKey, ...task }): Task => (openKey === undefined ? withoutClaim(task) : task));

/** The record of a finished task has what its last attempt had, in place of that attempt. */
function withoutClaim({ serverId, claimId, startedAt, waitingFor, ...task }: Task): Task {
  const { status, endedAt } = task;
  if (status !== 'Finished' || serverId === undefined || endedAt === undefined) return task;
  return { ...task, attempts: endedAttempts({ ...task, serverId, startedAt }, { endedAt, outcome: status }) };
}

const keySchema = taskSchema.pick({ shardId: true, taskId: true });
const readyKeySchema = z.object({ ...keySchema.shape, readyKey: z.string() });

/**
 * An entry of the index of Ready tasks.
 * @throws MalformedRecord
 */
export function toReadyKey(item: Item): Required<ReadyTaskKey> {
  return parseRecord(readyKeySchema, 'tasks', item);
}

/**
 * An entry of an index of tasks as the key of its task.
 * @throws MalformedRecord
 */
export function toKey(item: Item): TaskKey {
  return parseRecord(keySchema, 'tasks', item);
}
