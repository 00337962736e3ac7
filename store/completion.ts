/**
 * The final check of a job. Whoever made a task final, or tried to, asks here whether the job has an open task left. There are
 * no counters: the answer comes from the index whose key never moves, so that no task can slip through a Query.
 */
import { effectiveCounts } from '#domain/effective';
import { type Job, noTasks, type TaskCounts } from '#domain/job';
import { shardKey } from '#domain/shards';
import { isFinalJob, TASK_STATUSES } from '#domain/statuses';
import { putEvent } from './events.ts';
import { expiryOf } from './expiry.ts';
import { findJob, type JobMove, moveJob } from './jobs.ts';
import { inParallel } from './read.ts';
import { countTasks, openTaskKeys, pageOfTasks } from './tasks.ts';

const SHARDS_AT_ONCE = 4;
const PAGE_TASKS = 500;

/**
 * Ends the job if no task of it is open; gives it back when it is final. 1 RCU while a task is open in the first shard looked at.
 * May be repeated and done by several at once: one guarded write of the final status succeeds.
 */
export async function completeJob(jobId: string, hint: { shards: number; shard?: number }): Promise<Job | undefined> {
  if (await hasOpenTask(jobId, hint)) return undefined;
  for (;;) {
    const job = await findJob(jobId);
    if (!job || isFinalJob(job.status)) return job;
    // The job may have grown since the hint was taken, or be growing now.
    if (job.addingUntil !== undefined || (await hasOpenTask(jobId, job))) return undefined;
    const moved = await endJob(job);
    if (moved.moved) {
      await putEvent(jobId, { at: moved.job.endedAt ?? '', type: `Job${moved.job.status}` });
      return moved.job;
    }
    // Another move came between: look again. Each round sees a later status, so that this ends.
  }
}

/** Whether a task of the job is open; a shard where one was seen last is looked at first. */
async function hasOpenTask(jobId: string, hint: { shards: number; shard?: number }): Promise<boolean> {
  for (let step = 0; step < hint.shards; step += 1) {
    const shard = ((hint.shard ?? 0) + step) % hint.shards;
    const { keys } = await openTaskKeys(shardKey(jobId, shard), { limit: 1 });
    if (keys.length > 0) return true;
  }
  return false;
}

async function endJob(job: Job) {
  const taskCounts = await recordedCounts(job);
  const endedAt = new Date().toISOString();
  const failed = taskCounts.Error > 0 && (await hasCountingFailure(job));
  const move: JobMove = job.status === 'Cancelling' ? 'endCancel' : failed ? 'fail' : 'finish';
  return moveJob(job.jobId, move, {
    set: { taskCounts, endedAt, expiresAt: expiryOf(endedAt) },
    when: [{ attribute: 'status', in: [job.status] }],
  });
}

/** How many tasks of the job are in which status, as people are to see it: exact at the end, else as of this read. */
export async function taskCountsOf(job: Job): Promise<TaskCounts> {
  if (isFinalJob(job.status) && job.taskCounts) return { ...noTasks(), ...job.taskCounts };
  return effectiveCounts(await recordedCounts(job), job.status);
}

async function recordedCounts(job: Job): Promise<TaskCounts> {
  const total = noTasks();
  await inParallel(shardsOf(job), SHARDS_AT_ONCE, async (shard) => {
    const counts = await countTasks(shardKey(job.jobId, shard));
    for (const status of TASK_STATUSES) total[status] += counts[status];
  });
  return total;
}

/** Whether a task has failed whose failure counts for its job. */
async function hasCountingFailure(job: Job): Promise<boolean> {
  for (const shard of shardsOf(job)) {
    let afterTaskId: string | undefined;
    for (let more = true; more; ) {
      const page = await pageOfTasks(shardKey(job.jobId, shard), { afterTaskId, limit: PAGE_TASKS });
      if (page.tasks.some((task) => task.status === 'Error' && !task.ignoreFailure)) return true;
      afterTaskId = page.tasks.at(-1)?.taskId;
      more = page.more;
    }
  }
  return false;
}

function shardsOf(job: Job): number[] {
  return Array.from({ length: job.shards }, (_, shard) => shard);
}
