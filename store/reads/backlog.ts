/** How many tasks wait for the servers. */
import { shardKey } from '#domain/jobs/shards';
import { NOT_READY } from '#domain/tasks/task';
import { queryPage } from '#store/dynamodb/read';

/** The fleet does not scale differently above this number. */
export const MAX_READY_COUNTED = 1_000;

/** The attribute by which the index of Ready tasks is sorted; it begins with the task's group. */
const KEY = 'readyKey';

/**
 * The number of Ready tasks of the job, or of those in these batch groups, also of those that wait for a time, up to
 * `MAX_READY_COUNTED`; may lag a moment behind. 0.5 RCU a shard and group, and for each 40 tasks or so.
 */
export async function countReadyTasks(
  { jobId, shards }: { jobId: string; shards: number },
  batchGroups?: readonly string[],
): Promise<number> {
  const all = [{ to: [KEY, NOT_READY] } as const];
  const ranges = batchGroups?.map((group) => ({ from: [KEY, `${group}#`], to: [KEY, `${group}#~`] }) as const) ?? all;
  let ready = 0;
  for (let shard = 0; shard < shards; shard += 1) {
    for (const range of ranges) {
      if (ready >= MAX_READY_COUNTED) return ready;
      const partition = ['shardId', shardKey(jobId, shard)] as const;
      const limit = MAX_READY_COUNTED - ready;
      ready += (await queryPage({ table: 'tasks', index: 'byReady', partition, ...range, limit })).items.length;
    }
  }
  return ready;
}
