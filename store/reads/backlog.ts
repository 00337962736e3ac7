/** How many tasks wait for the servers. */
import { shardKey } from '#domain/jobs/shards';
import { queryPage } from '#store/dynamodb/read';

/** The fleet does not scale differently above this number. */
export const MAX_READY_COUNTED = 1_000;

/**
 * The number of Ready tasks of the job, also of those that wait for a time, up to `MAX_READY_COUNTED`; may lag a moment
 * behind. 0.5 RCU a shard, and for each 40 tasks or so.
 */
export async function countReadyTasks({ jobId, shards }: { jobId: string; shards: number }): Promise<number> {
  let ready = 0;
  for (let shard = 0; shard < shards && ready < MAX_READY_COUNTED; shard += 1) {
    const partition = ['shardId', shardKey(jobId, shard)] as const;
    const limit = MAX_READY_COUNTED - ready;
    ready += (await queryPage({ table: 'tasks', index: 'byReady', partition, limit })).items.length;
  }
  return ready;
}
