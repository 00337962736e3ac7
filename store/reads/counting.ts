/** Counts of a job's tasks by status: exact at its end, and cheap until then. */
import { effectiveCounts } from '#domain/jobs/effective';
import { type Job, noTasks, type TaskCounts } from '#domain/jobs/job';
import { shardKey } from '#domain/jobs/shards';
import { TASKS_PER_SHARD } from '#domain/limits';
import { isFinalTask, TASK_STATUSES } from '#domain/statuses';
import { taskSchema } from '#domain/tasks/task';
import { parseRecord } from '#store/dynamodb/parse-record';
import { queryAll } from '#store/dynamodb/read';
import { inParallel } from '#store/in-parallel';
import { isCounted } from '#store/tasks';
import { heldOfJob } from './holdings.ts';

const SHARDS_AT_ONCE = 4;
/** A job is counted anew with each read if it has at most this many tasks, or tasks in open shards. */
const MAX_TASKS_COUNTED_EACH_TIME = 1_000;
/** The counts of a larger job may be this old: 1 second for each 2,000 tasks in open shards. */
const TASKS_PER_SECOND_OF_AGE = 2_000;
const MAX_JOBS_REMEMBERED = 100;

type Counted = { readonly counts: TaskCounts; readonly atMs: number };
type Memory = { readonly settled: Map<number, TaskCounts>; counted?: Promise<Counted> };

/** The last counts of the large jobs that were read recently. */
class CountMemory {
  readonly #memories = new Map<string, Memory>();

  /** What is remembered of this run of the job at its size; the job read longest ago is forgotten. */
  of({ jobId, run, taskTotal }: Job): Memory {
    const key = `${jobId} ${run} ${taskTotal}`;
    const memory = this.#memories.get(key) ?? { settled: new Map() };
    this.#memories.delete(key);
    this.#memories.set(key, memory);
    const [oldest] = this.#memories.keys();
    if (this.#memories.size > MAX_JOBS_REMEMBERED && oldest !== undefined) this.#memories.delete(oldest);
    return memory;
  }
}
const memories = new CountMemory();

/**
 * The job's tasks by effective status, and when they were counted. Exact if the job is final, was never released, or
 * has at most 1,000 tasks. For a larger job the counts are up to 1 second old for each 2,000 tasks in open shards, but
 * starts and a cancel show at once. 1 RCU for each 4 KB of tasks in open shards; for a larger job the cost of
 * `heldOfJob` too.
 * @throws MalformedRecord
 */
export async function taskCountsOf(job: Job): Promise<{ taskCounts: TaskCounts; taskCountsAt: string }> {
  if (job.taskCounts) {
    const taskCountsAt = job.endedAt ?? new Date().toISOString();
    return { taskCounts: effectiveCounts(job.taskCounts, job.status), taskCountsAt };
  }
  const { counts, atMs } = await recentCounts(job);
  const known = isCountedEachTime(job) ? counts : withStarted(counts, await heldOfJob(job.jobId));
  return {
    taskCounts: effectiveCounts(withUnwritten(known, job), job.status),
    taskCountsAt: new Date(atMs).toISOString(),
  };
}

/**
 * The job's tasks by recorded status, as of now. A shard without open tasks is counted once and remembered in
 * `settled`. 1 RCU for each 4 KB of tasks in the other shards.
 * @throws MalformedRecord
 */
export async function recordedCounts(job: Job, settled = new Map<number, TaskCounts>()): Promise<TaskCounts> {
  const total = noTasks();
  const shards = Array.from({ length: job.shards }, (_, shard) => shard);
  await inParallel(shards, SHARDS_AT_ONCE, async (shard) => {
    const counts = settled.get(shard) ?? (await countShard(job, shard, (final) => settled.set(shard, final)));
    for (const status of TASK_STATUSES) total[status] += counts[status];
  });
  return total;
}

/** A final task never changes again in this run of the job: nor does a shard whose tasks are all final. */
async function countShard(job: Job, shard: number, remember: (counts: TaskCounts) => void): Promise<TaskCounts> {
  const counts = await countTasks(shardKey(job.jobId, shard), job);
  if (TASK_STATUSES.every((status) => isFinalTask(status) || counts[status] === 0)) remember(counts);
  return counts;
}

/**
 * The counts of the shard's tasks by recorded status, read consistently. 1 RCU for each 4 KB of tasks.
 * @throws MalformedRecord
 */
export async function countTasks(shardId: string, job: Pick<Job, 'taskTotal'>): Promise<TaskCounts> {
  const counts = noTasks();
  const only = ['status', 'index'];
  const items = await queryAll({ table: 'tasks', partition: ['shardId', shardId], consistent: true, only });
  for (const task of items.map((item) => parseRecord(countedSchema, 'tasks', { shardId, ...item })))
    if (isCounted(task, job)) counts[task.status] += 1;
  return counts;
}

const countedSchema = taskSchema.pick({ status: true, index: true });

function isCountedEachTime(job: Job): boolean {
  return job.taskTotal <= MAX_TASKS_COUNTED_EACH_TIME;
}

/** While tasks of the job are being written, those that do not exist yet wait for that. */
function withUnwritten(counts: TaskCounts, { writingUntil, taskTotal }: Job): TaskCounts {
  if (writingUntil === undefined) return counts;
  const existing = TASK_STATUSES.reduce((sum, status) => sum + counts[status], 0);
  return { ...counts, Waiting: counts.Waiting + Math.max(0, taskTotal - existing) };
}

/** Adds the tasks that have started since the count. Tasks that have ended since show with the next count. */
function withStarted(counts: TaskCounts, held: ReadonlyMap<string, readonly unknown[]>): TaskCounts {
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
  const memory = memories.of(job);
  const known = await memory.counted;
  const openTasks = (job.shards - memory.settled.size) * TASKS_PER_SHARD;
  const maxAgeMs = openTasks <= MAX_TASKS_COUNTED_EACH_TIME ? 0 : (openTasks / TASKS_PER_SECOND_OF_AGE) * 1000;
  if (known && Date.now() - known.atMs < maxAgeMs) return known;
  const atMs = Date.now();
  // A shard without open tasks may still get some.
  const isChanging = job.requeue !== undefined || job.writingUntil !== undefined;
  // Other readers wait for the same count.
  memory.counted = recordedCounts(job, isChanging ? new Map() : memory.settled).then((counts) => ({ counts, atMs }));
  memory.counted.catch(() => {
    delete memory.counted;
  });
  return memory.counted;
}
