/** A look at some of a job's open tasks, those that may start first. */
import type { Job } from '#domain/jobs/job';
import { shardKey } from '#domain/jobs/shards';
import type { OpenTask } from '#domain/jobs/waiting';
import { isFinalTask } from '#domain/statuses';
import { notBeforeOf, type Task } from '#domain/tasks/task';
import { readItem } from '#store/dynamodb/read';
import { findTasks, getTask, isCounted, readTasks, readyTaskKeys, type TaskKey } from '#store/tasks';
import { openTaskKeys } from './task-pages.ts';

/** How many Ready tasks and how many open ones a look takes at most, and from how many shards. */
const MAX_TASKS = 100;
const MAX_SHARDS = 16;

/**
 * Up to 100 Ready tasks of the job, each with the time before which it may not start, and up to 100 other open ones,
 * from its first 16 shards; the Ready ones may lag a moment behind. 1 RCU for each 4 KB of a task, and 1.5 for each
 * shard, and 0.5 for each further batch group in it.
 * @throws MalformedRecord
 */
export async function someOpenTasks(job: Pick<Job, 'jobId' | 'shards' | 'batchGroups' | 'taskTotal'>) {
  const ready = await readyOf(job);
  const open = await openOf(job);
  const tasks: OpenTask[] = await readTasks([...ready, ...open]);
  const notBefore = new Map(ready.map(({ taskId, readyKey = '' }) => [taskId, notBeforeOf(readyKey)]));
  return tasks
    .filter((task) => isCounted(task, job) && !isFinalTask(task.status))
    .map((task): OpenTask => ({ ...task, notBefore: notBefore.get(task.taskId) }));
}

/**
 * One task of the job, as `someOpenTasks` has it, and the open ones that it depends on. 1 RCU for each candidate shard
 * of the task and of each dependency, and 1 for a Ready task.
 * @throws Refusal NotFound
 * @throws MalformedRecord
 */
export async function openTask(job: Job, taskId: string): Promise<{ task: OpenTask; open: Task[] }> {
  const task = await getTask(job, taskId);
  const { shardId, dependsOn = [] } = task;
  const item = task.status === 'Ready' ? await readItem('tasks', { shardId, taskId }) : undefined;
  const before = await findTasks(
    job,
    dependsOn.map((each) => each.taskId),
  );
  return {
    task: { ...task, notBefore: notBeforeOf(String(item?.readyKey ?? '')) },
    open: before.filter(({ status }) => !isFinalTask(status)),
  };
}

async function readyOf({ jobId, shards, batchGroups }: Pick<Job, 'jobId' | 'shards' | 'batchGroups'>) {
  const keys: Awaited<ReturnType<typeof readyTaskKeys>> = [];
  for (let shard = 0; shard < Math.min(shards, MAX_SHARDS); shard += 1) {
    for (const batchGroup of batchGroups) {
      // Each group has its share, so that one with many tasks does not hide the others.
      const limit = Math.min(Math.ceil(MAX_TASKS / batchGroups.length), MAX_TASKS - keys.length);
      if (limit > 0) keys.push(...(await readyTaskKeys(shardKey(jobId, shard), { batchGroup, now: '~', limit })));
    }
  }
  return keys;
}

async function openOf({ jobId, shards }: Pick<Job, 'jobId' | 'shards'>): Promise<TaskKey[]> {
  const keys: TaskKey[] = [];
  for (let shard = 0; shard < Math.min(shards, MAX_SHARDS) && keys.length < MAX_TASKS; shard += 1)
    keys.push(...(await openTaskKeys(shardKey(jobId, shard), { limit: MAX_TASKS - keys.length })).keys);
  return keys;
}
