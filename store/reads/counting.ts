/** Counts of a job's tasks by status: kept beside the job while it runs, and exact at its end. */
import { effectiveCounts } from '#domain/jobs/effective';
import { type Job, noTasks, type TaskCounts, withoutNegative } from '#domain/jobs/job';
import { shardKey } from '#domain/jobs/shards';
import { TASK_STATUSES } from '#domain/statuses';
import { taskSchema } from '#domain/tasks/task';
import { readCountRows, sumOfRows } from '#store/counts/count-rows';
import { KEEP_COUNTS_MS } from '#store/counts/keep-counts';
import { parseRecord } from '#store/dynamodb/parse-record';
import { queryAll } from '#store/dynamodb/read';
import { inParallel } from '#store/in-parallel';
import { isCounted } from '#store/tasks';

const SHARDS_AT_ONCE = 4;

/**
 * The job's tasks by effective status, and the time up to which all moves are counted. No task is read: 1 RCU for each
 * 20 processes or so that have moved a task in this run, half of that if not consistent; nothing for a job that is
 * final, held since its submission, or being written. What a cancel has decided shows at once; other moves show when
 * the process that made them has written its row, `KEEP_COUNTS_MS` later.
 */
export async function taskCountsOf(
  job: Job,
  { consistent = true } = {},
): Promise<{ taskCounts: TaskCounts; taskCountsAt: string }> {
  const now = Date.now();
  if (job.taskCounts) {
    const taskCountsAt = job.endedAt ?? new Date(now).toISOString();
    return { taskCounts: effectiveCounts(job.taskCounts, job.status), taskCountsAt };
  }
  const counts = sumOfRows(job.countsBase ?? {}, await readCountRows(job, { consistent }), job);
  return {
    taskCounts: effectiveCounts(withoutNegative(counts), job.status),
    taskCountsAt: new Date(now - KEEP_COUNTS_MS).toISOString(),
  };
}

/**
 * The job's tasks by recorded status, from their records. 1 RCU for each 4 KB of tasks.
 * @throws MalformedRecord
 */
export async function recordedCounts(job: Job): Promise<TaskCounts> {
  const total = noTasks();
  const shards = Array.from({ length: job.shards }, (_, shard) => shard);
  await inParallel(shards, SHARDS_AT_ONCE, async (shard) => {
    const counts = await countTasks(shardKey(job.jobId, shard), job);
    for (const status of TASK_STATUSES) total[status] += counts[status];
  });
  return total;
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
