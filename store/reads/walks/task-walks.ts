/** Walks over those tasks of a job that have one effective status, from where they lie together. */
import { effectiveCounts } from '#domain/jobs/effective';
import type { Job } from '#domain/jobs/job';
import { shardKey, shardNumber } from '#domain/jobs/shards';
import { isCancelled, isFinalJob, isHeld, type TaskStatus } from '#domain/statuses';
import { idOfKey, type Task } from '#domain/tasks/task';
import { mapInParallel } from '#store/in-parallel';
import { heldOfJob } from '#store/reads/holdings';
import { pageOfTasks, readTasks, type TaskKey } from '#store/tasks';
import { walkFinished } from './finished-tasks.ts';
import { type ListedStatus, listedTaskKeys } from './listed-tasks.ts';
import { fits, type Part, type Place, placeOf } from './walk.ts';

/** Tasks are read by their keys in parts of this size, some at once. */
const KEYS_PER_READ = 100;
const READS_AT_ONCE = 4;

/**
 * The next tasks of the walk, at most `wanted`; maybe none although there are more. Costs as `listTasks`.
 * @throws MalformedRecord
 */
export async function walkTasks(job: Job, place: Place, wanted: number): Promise<Part> {
  const { status } = place;
  if (status === undefined) return walkAll(job, place, wanted);
  if (hasNone(job, status)) return { found: [], read: 0 };
  if (status === 'Finished') return walkFinished(job, place, wanted);
  if (isHeld(status)) return walkHeld(job, place, wanted);
  return walkListed(job, { ...place, status }, wanted);
}

/** The counts of a job that has ended are exact. */
function hasNone({ status, taskCounts }: Job, wanted: TaskStatus): boolean {
  return isFinalJob(status) && taskCounts !== undefined && effectiveCounts(taskCounts, status)[wanted] === 0;
}

async function walkAll(job: Job, place: Place, limit: number): Promise<Part> {
  const { shard, after } = place;
  const afterTaskId = after === '' ? undefined : after;
  const { tasks, more } = await pageOfTasks(shardKey(job.jobId, shard), { afterTaskId, limit });
  const found = tasks.filter((task) => fits(task, job, place)).map((task) => ({ task, at: placeOf(task, place) }));
  const read = tasks.length - found.length;
  if (more) return { found, read, next: { ...place, after: tasks.at(-1)?.taskId ?? after } };
  return { found, read, ...(shard + 1 < job.shards ? { next: { ...place, shard: shard + 1, after: '' } } : {}) };
}

/** What servers hold is at most their slots, so all its keys are read at once. */
async function walkHeld(job: Job, place: Place, wanted: number): Promise<Part> {
  if (isCancelled(job.status) && place.status === 'Executing') return { found: [], read: 0 };
  const held = [...(await heldOfJob(job)).values()].flat();
  const keys = held.filter((key) => isAfter(key, place)).sort(byPlace);
  const some = keys.slice(0, wanted);
  const found = (await readInOrder(some, job, place)).map((task) => ({ task, at: placeOf(task, place) }));
  const last = some.at(-1);
  return { found, read: 0, ...(last && some.length < keys.length ? { next: placeOf(last, place) } : {}) };
}

async function walkListed(job: Job, place: Place & { status: ListedStatus }, wanted: number): Promise<Part> {
  const { keys, next } = await listedTaskKeys(job, place.status, { ...place, wanted });
  const readyKeys = new Map(keys.map((key) => [idOfKey(key), key.readyKey]));
  const found = (await readInOrder(keys, job, place)).map((task) => {
    return { task, at: { ...placeOf(task, place), after: readyKeys.get(idOfKey(task)) ?? '' } };
  });
  return { found, read: 0, ...(next && { next: { ...place, ...next } }) };
}

/** The records of these keys in their order; those that have moved on are left out. */
async function readInOrder(keys: readonly TaskKey[], job: Job, place: Place): Promise<Task[]> {
  const parts = Array.from({ length: Math.ceil(keys.length / KEYS_PER_READ) }, (_, part) =>
    keys.slice(part * KEYS_PER_READ, (part + 1) * KEYS_PER_READ),
  );
  const read = (await mapInParallel(parts, READS_AT_ONCE, readTasks)).flat();
  const tasks = new Map(read.map((task) => [idOfKey(task), task]));
  return keys.flatMap((key) => tasks.get(idOfKey(key)) ?? []).filter((task) => fits(task, job, place));
}

function isAfter(key: TaskKey, { shard, after }: Place): boolean {
  const own = shardNumber(key.shardId);
  return own === shard ? key.taskId > after : own > shard;
}

function byPlace(a: TaskKey, b: TaskKey): number {
  return shardNumber(a.shardId) - shardNumber(b.shardId) || (a.taskId < b.taskId ? -1 : 1);
}
