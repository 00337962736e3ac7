/** Counts of a job's tasks by status: right at its end, and cheap meanwhile. */
import { effectiveCounts } from '#domain/jobs/effective';
import { type Job, noTasks, type TaskCounts } from '#domain/jobs/job';
import { shardKey } from '#domain/jobs/shards';
import { TASKS_PER_SHARD } from '#domain/limits';
import { isFinalTask, TASK_STATUSES } from '#domain/statuses';
import type { Task } from '#domain/tasks/task';
import { inParallel } from '#store/in-parallel';
import { countTasks } from '#store/tasks';
import { heldOfJob } from './holdings.ts';

const SHARDS_AT_ONCE = 4;
/** A job up to this size is counted anew with each read, and so is one that has no more in shards that are not over. */
const MAX_TASKS_COUNTED_EACH_TIME = 1_000;
/** Another one is counted at most once in a time that grows with what may still change: up to a second for each so many tasks. */
const TASKS_PER_SECOND_OF_AGE = 2_000;
const MAX_JOBS_REMEMBERED = 100;

type Counted = { readonly counts: TaskCounts; readonly atMs: number };
type Memory = { readonly settled: Map<number, TaskCounts>; counted?: Promise<Counted> };
const memories = new Map<string, Memory>();

/**
 * How many tasks of the job are in which status, as people are to see it, and as of when. Exact for a final job, for one that was never
 * released, and for one of up to 1,000 tasks; for a larger one up to a second old for each 2,000 tasks in shards that are not over, but what has started and what a cancel has decided
 * shows at once.
 */
export async function taskCountsOf(job: Job): Promise<{ taskCounts: TaskCounts; taskCountsAt: string }> {
  if (job.taskCounts) {
    const taskCountsAt = job.endedAt ?? new Date().toISOString();
    return { taskCounts: effectiveCounts(job.taskCounts, job.status), taskCountsAt };
  }
  const { counts, atMs } = await recentCounts(job);
  const known = isCountedEachTime(job) ? counts : withStarted(counts, await heldOfJob(job.jobId));
  return { taskCounts: effectiveCounts(known, job.status), taskCountsAt: new Date(atMs).toISOString() };
}

/** The counts as they are recorded now. A shard that has no open task left is counted once. */
export async function recordedCounts(job: Job, settled = new Map<number, TaskCounts>()): Promise<TaskCounts> {
  const total = noTasks();
  const shards = Array.from({ length: job.shards }, (_, shard) => shard);
  await inParallel(shards, SHARDS_AT_ONCE, async (shard) => {
    const counts = settled.get(shard) ?? (await countShard(job, shard, (final) => settled.set(shard, final)));
    for (const status of TASK_STATUSES) total[status] += counts[status];
  });
  return total;
}

/** A task that is final as it is counted never changes again in this run of the job, and so a shard all of whose tasks were. */
async function countShard(job: Job, shard: number, remember: (counts: TaskCounts) => void): Promise<TaskCounts> {
  const counts = await countTasks(shardKey(job.jobId, shard), job);
  if (TASK_STATUSES.every((status) => isFinalTask(status) || counts[status] === 0)) remember(counts);
  return counts;
}

function isCountedEachTime(job: Job): boolean {
  return job.taskTotal <= MAX_TASKS_COUNTED_EACH_TIME;
}

/** What servers hold beyond what was running at the count has started since, and was open then. What has ended since shows with the next count. */
function withStarted(counts: TaskCounts, held: ReadonlyMap<string, readonly Task[]>): TaskCounts {
  const running = [...held.values()].flat().length;
  const started = Math.max(0, running - counts.Executing - counts.Cancelling);
  const ofReady = Math.min(started, counts.Ready);
  const ofWaiting = Math.min(started - ofReady, counts.Waiting);
  return {
    ...counts,
    Ready: counts.Ready - ofReady,
    Waiting: counts.Waiting - ofWaiting,
    Executing: counts.Executing + ofReady + ofWaiting,
  };
}

async function recentCounts(job: Job): Promise<Counted> {
  if (isCountedEachTime(job)) return { counts: await recordedCounts(job), atMs: Date.now() };
  const memory = memoryOf(`${job.jobId} ${job.run} ${job.taskTotal}`);
  const known = await memory.counted;
  const openTasks = (job.shards - memory.settled.size) * TASKS_PER_SHARD;
  const maxAgeMs = openTasks <= MAX_TASKS_COUNTED_EACH_TIME ? 0 : (openTasks / TASKS_PER_SECOND_OF_AGE) * 1000;
  if (known && Date.now() - known.atMs < maxAgeMs) return known;
  const atMs = Date.now();
  // Those who ask meanwhile wait for the same count.
  memory.counted = recordedCounts(job, job.requeue ? new Map() : memory.settled).then((counts) => ({ counts, atMs }));
  memory.counted.catch(() => {
    delete memory.counted;
  });
  return memory.counted;
}

function memoryOf(key: string): Memory {
  const memory = memories.get(key) ?? { settled: new Map() };
  memories.delete(key);
  memories.set(key, memory);
  const [oldest] = memories.keys();
  if (memories.size > MAX_JOBS_REMEMBERED && oldest !== undefined) memories.delete(oldest);
  return memory;
}
