/**
 * How a job's tasks spread over partitions. Shards come in generations that double: the first thousand tasks are in
 * shard 0, the next thousand in shard 1, the next two thousand in shards 2 and 3, and so on. So a job can grow without
 * moving a task, shards hold about `TASKS_PER_SHARD` tasks each, and a task id leads to at most one shard per
 * generation (9 for the largest job).
 */
import { TASKS_PER_SHARD } from '#domain/limits';

/** The number of shards of a job with this many tasks. */
export function shardCount(taskTotal: number): number {
  return taskTotal <= TASKS_PER_SHARD ? 1 : 2 ** Math.ceil(Math.log2(taskTotal / TASKS_PER_SHARD));
}

/** The shard of the task with this number in its job (from 0) and this id. */
export function shardOf(index: number, taskId: string): number {
  if (index < TASKS_PER_SHARD) return 0;
  return placeInGeneration(2 ** Math.floor(Math.log2(index / TASKS_PER_SHARD)), taskId);
}

/** The number, in its job, of a task that the shard may have: at this part, from 0 to 1, of all that it may have. */
export function indexIn(shard: number, part: number): number {
  const generation = shard === 0 ? 0 : 2 ** Math.floor(Math.log2(shard));
  return Math.floor((generation + part * Math.max(1, generation)) * TASKS_PER_SHARD);
}

/** The tasks in an order that takes one of each shard in turn: no partition is busy while the others have no work. */
export function interleaved<Task extends { readonly shardId: string }>(tasks: readonly Task[]): Task[] {
  const shards = [...Map.groupBy(tasks, ({ shardId }) => shardId).values()];
  const longest = Math.max(0, ...shards.map(({ length }) => length));
  return Array.from({ length: longest }, (_, turn) => shards.flatMap((shard) => shard[turn] ?? [])).flat();
}

/** Every shard that can have a task with this id, in a job with this many shards. */
export function candidateShards(shards: number, taskId: string): number[] {
  const candidates = [0];
  for (let size = 1; size < shards; size *= 2) candidates.push(placeInGeneration(size, taskId));
  return candidates;
}

/** The partition key of a job's shard. */
export function shardKey(jobId: string, shard: number): string {
  return `${jobId}#${shard}`;
}

/** The job of the shard with this partition key. */
export function jobIdOf(shardId: string): string {
  return shardId.slice(0, shardId.lastIndexOf('#'));
}

/** The number of the shard with this partition key. */
export function shardNumber(shardId: string): number {
  return Number(shardId.slice(shardId.lastIndexOf('#') + 1));
}

/** One of this number of places, from 0, always the same for an id. */
export function placeOf(id: string, places: number): number {
  return fnv1a(id) % places;
}

/** A generation of `size` shards starts at shard `size`. */
function placeInGeneration(size: number, taskId: string): number {
  return size + placeOf(taskId, size);
}

/** FNV-1a, 32 bits: it spreads ids evenly. It need not be hard to invert. */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}
