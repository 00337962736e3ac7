/** Tasks: their records, and the reads of them. What a server does to a task that it holds is in `claims`. */
import { z } from 'zod';
import { notFound } from '#domain/errors';
import { type Job, noTasks, type TaskCounts } from '#domain/jobs/job';
import { candidateShards, shardKey } from '#domain/jobs/shards';
import { isFinalTask } from '#domain/statuses';
import { readyKey, type Task, taskSchema } from '#domain/tasks/task';
import { writeItems } from '#store/dynamodb/batch-write';
import type { Item } from '#store/dynamodb/guarded-write';
import { parseRecord } from '#store/dynamodb/parse-record';
import { queryAll, queryPage, readItems } from '#store/dynamodb/read';

export type TaskKey = { readonly shardId: string; readonly taskId: string };

/** The key of a task that was found Ready, and of what it was so: whoever runs it and has it tried again changes that. */
export type ReadyTaskKey = TaskKey & { readonly readyKey?: string };

/** The key of a task alone. */
export function keyOf({ shardId, taskId }: TaskKey): TaskKey {
  return { shardId, taskId };
}

/** Writes the records of new tasks, 25 a request; 3 WCU each up to 1 KB. Repeating it before the job is accepted does no harm. */
export async function createTasks(tasks: readonly Task[], notBefore?: string): Promise<void> {
  await writeItems(
    'tasks',
    tasks.map((task) => ({
      ...task,
      openKey: task.taskId,
      ...(task.status === 'Ready' ? { readyKey: readyKey(task, notBefore) } : {}),
    })),
  );
}

/**
 * A record of the table as a task.
 * @throws MalformedRecord
 */
export function toTask(item: Item): Task {
  return parseRecord(taskSchema, 'tasks', item);
}

/**
 * The task of this job with this id.
 * @throws Refusal NotFound
 */
export async function getTask(job: Job, taskId: string): Promise<Task> {
  const [task] = await findTasks(job, [taskId]);
  if (!task || !isCounted(task, job)) throw notFound('task', taskId);
  return task;
}

/** Whether the job counts the task: those that a request is just adding are none of its tasks before all of them are there. */
export function isCounted({ index }: Pick<Task, 'index'>, { taskTotal }: Pick<Job, 'taskTotal'>): boolean {
  return index < taskTotal;
}

/** The tasks with these ids, as far as the job has them, in any order. */
export async function findTasks(job: Job, taskIds: readonly string[]): Promise<Task[]> {
  return readTasks(
    taskIds.flatMap((taskId) =>
      candidateShards(job.shards, taskId).map((shard) => ({ shardId: shardKey(job.jobId, shard), taskId })),
    ),
  );
}

/** The tasks with these keys, read consistently, each once; those that do not exist are left out. */
export async function readTasks(keys: readonly TaskKey[]): Promise<Task[]> {
  const distinct = new Map(keys.map((key) => [`${key.shardId}/${key.taskId}`, keyOf(key)]));
  const found = await readItems([...distinct.values()].map((key) => ({ table: 'tasks', key })));
  return found.map(({ item }) => toTask(item));
}

/** One page of a shard's tasks in the order of their ids, after the given one. */
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

/** How many of the shard's tasks are recorded in which status. */
export async function countTasks(shardId: string, job: Pick<Job, 'taskTotal'>): Promise<TaskCounts> {
  const counts = noTasks();
  const only = ['status', 'index'];
  const items = await queryAll({ table: 'tasks', partition: ['shardId', shardId], consistent: true, only });
  for (const task of items.map((item) => parseRecord(countedSchema, 'tasks', { shardId, ...item })))
    if (isCounted(task, job)) counts[task.status] += 1;
  return counts;
}

/** Keys of the shard's tasks that are not final, at most `limit`; read consistently from the index whose key never moves. */
export async function openTaskKeys(
  shardId: string,
  page: { limit: number; after?: Item | undefined },
): Promise<{ keys: TaskKey[]; next?: Item }> {
  const reply = await queryPage({
    table: 'tasks',
    index: 'byOpen',
    partition: ['shardId', shardId],
    consistent: true,
    ...page,
  });
  return { keys: reply.items.map(toKey), ...(reply.next ? { next: reply.next } : {}) };
}

/** Keys of the shard's Ready tasks of a batch group that may start by `now`, at most `limit`; may lag behind by a moment. */
export async function readyTaskKeys(
  shardId: string,
  wanted: { batchGroup: string; now: string; limit: number },
): Promise<ReadyTaskKey[]> {
  const reply = await queryPage({
    table: 'tasks',
    index: 'byReady',
    partition: ['shardId', shardId],
    from: ['readyKey', `${wanted.batchGroup}#`],
    to: ['readyKey', `${wanted.batchGroup}#${wanted.now}~`],
    limit: wanted.limit,
  });
  return reply.items.map((item) => parseRecord(readyKeySchema, 'tasks', item));
}

/** The tasks that a server holds. The index may lag behind: a task claimed a moment ago can be missing, none is too many. */
export async function heldTasks(serverId: string): Promise<Task[]> {
  const keys = await queryAll({ table: 'tasks', index: 'byServer', partition: ['serverId', serverId] });
  const tasks = await readTasks(keys.map(toKey));
  return tasks.filter((task) => task.serverId === serverId && !isFinalTask(task.status));
}

const countedSchema = taskSchema.pick({ status: true, index: true });
const keySchema = taskSchema.pick({ shardId: true, taskId: true });
const readyKeySchema = z.object({ ...keySchema.shape, readyKey: z.string() });

function toKey(item: Item): TaskKey {
  return parseRecord(keySchema, 'tasks', item);
}
