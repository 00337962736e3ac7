/** The keys of those tasks of a job that have one status, from the index in which each status lies together. */

import type { Job } from '#domain/jobs/job';
import { shardKey, shardNumber } from '#domain/jobs/shards';
import { isCancelled, isUnstarted, type TaskStatus } from '#domain/statuses';
import { NOT_READY, statusKey } from '#domain/tasks/task';
import { queryPage } from '#store/dynamodb/read';
import { mapInParallel } from '#store/in-parallel';
import { type ReadyTaskKey, toReadyKey } from '#store/tasks';

const SHARDS_AT_ONCE = 8;

/** The statuses that have a part of the index. */
export type ListedStatus = Exclude<TaskStatus, 'Executing' | 'Cancelling' | 'Finished'>;
type Key = Required<ReadyTaskKey>;
type From = { readonly shard: number; readonly after: string; readonly wanted: number };
type Range = { readonly from: string; readonly to: string };

/**
 * Keys of the job's tasks in this effective status, at most `wanted`, from a key of a shard on; read consistently. Some
 * may belong to other tasks: the records decide. `next` is where to go on. 1 RCU a shard, and for each 40 keys or so.
 */
export async function listedTaskKeys(
  job: Job,
  status: ListedStatus,
  from: From,
): Promise<{ keys: Key[]; next?: Omit<From, 'wanted'> }> {
  const ranges = rangesOf(status, job);
  if (ranges.length === 0) return { keys: [] };
  // Shards without such a task are many, or none: so several are read at once when the first one has too few.
  const count = from.shard === 0 || from.after !== '' ? 1 : SHARDS_AT_ONCE;
  const shards = Array.from({ length: Math.min(count, job.shards - from.shard) }, (_, step) => from.shard + step);
  const found = await mapInParallel(shards, SHARDS_AT_ONCE, (shard) => {
    const after = shard === from.shard ? from.after : '';
    return keysIn(shardKey(job.jobId, shard), ranges, { after, wanted: from.wanted });
  });
  const keys = found.flat().slice(0, from.wanted);
  const last = keys.length === from.wanted ? keys.at(-1) : undefined;
  if (last) return { keys, next: { shard: shardNumber(last.shardId), after: last.readyKey } };
  const shard = from.shard + shards.length;
  return { keys, ...(shard < job.shards ? { next: { shard, after: '' } } : {}) };
}

const READY: Range = { from: ' ', to: NOT_READY };

/** A cancel leaves the keys of the tasks that it drops as they are; so does a requeue, until its pass is over. */
function rangesOf(status: ListedStatus, job: Job): Range[] {
  if (status === 'NotRun' && (isCancelled(job.status) || job.requeue))
    return [READY, rangeOf('NotRun'), rangeOf('Waiting')];
  if (isUnstarted(status) && isCancelled(job.status)) return [];
  return [status === 'Ready' ? READY : rangeOf(status)];
}

function rangeOf(status: Exclude<ListedStatus, 'Ready'>): Range {
  return { from: statusKey({ taskId: '' }, status), to: statusKey({ taskId: NOT_READY }, status) };
}

async function keysIn(
  shardId: string,
  ranges: readonly Range[],
  { after, wanted }: Omit<From, 'shard'>,
): Promise<Key[]> {
  const keys: Key[] = [];
  for (const { from, to } of ranges) {
    if (to <= after || keys.length === wanted) continue;
    const { items } = await queryPage({
      table: 'tasks',
      index: 'byReady',
      partition: ['shardId', shardId],
      // No key has a space: with one more, a key is the next possible one.
      from: ['readyKey', from > after ? from : `${after} `],
      to: ['readyKey', to],
      limit: wanted - keys.length,
      consistent: true,
    });
    keys.push(...items.map(toReadyKey));
  }
  return keys;
}
