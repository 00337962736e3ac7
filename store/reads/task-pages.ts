/** The walk over all tasks of a job, shard by shard, page by page. */
import type { Job } from '#domain/jobs/job';
import { shardKey } from '#domain/jobs/shards';
import type { Task } from '#domain/tasks/task';
import type { Item } from '#store/dynamodb/guarded-write';
import { queryPage } from '#store/dynamodb/read';
import { pageOfTasks, type TaskKey, toKey } from '#store/tasks';

const PAGE_TASKS = 500;
type Shards = Pick<Job, 'jobId' | 'shards'>;

/**
 * The job's tasks, up to 500 at a time; each page is read when the caller asks for it. 1 RCU for each 4 KB.
 * @throws MalformedRecord
 */
export async function* taskPages({ jobId, shards }: Shards): AsyncGenerator<Task[]> {
  for (let shard = 0; shard < shards; shard += 1) yield* tasksOfShard(shardKey(jobId, shard));
}

/** The shard's tasks, like `taskPages`. */
export async function* tasksOfShard(shardId: string): AsyncGenerator<Task[]> {
  let afterTaskId: string | undefined;
  for (let more = true; more; ) {
    const page = await pageOfTasks(shardId, { afterTaskId, limit: PAGE_TASKS });
    yield page.tasks;
    afterTaskId = page.tasks.at(-1)?.taskId;
    more = page.more;
  }
}

/** The keys of the job's tasks that are not final, up to 500 at a time. 1 RCU for each 4 KB of keys. */
export async function* openKeyPages({ jobId, shards }: Shards): AsyncGenerator<TaskKey[]> {
  for (let shard = 0; shard < shards; shard += 1) yield* openKeysOfShard(shardKey(jobId, shard));
}

/** The keys of the shard's tasks that are not final, like `openKeyPages`. */
export async function* openKeysOfShard(shardId: string): AsyncGenerator<TaskKey[]> {
  let after: Item | undefined;
  do {
    const page = await openTaskKeys(shardId, { limit: PAGE_TASKS, after });
    yield page.keys;
    after = page.next;
  } while (after);
}

/** Keys of the shard's tasks that are not final, at most `limit`, read consistently. 1 RCU for each 4 KB of keys. */
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
