/**
 * The final check of a job: does it have an open task left? No counter decides it. The answer comes from an index whose
 * key never moves, so a Query misses no task.
 */
import { Contended } from '#domain/errors';
import { endEvent } from '#domain/events';
import type { Job } from '#domain/jobs/job';
import { shardKey } from '#domain/jobs/shards';
import { isFinalJob } from '#domain/statuses';
import { tellJob } from '#engine/tell-events';
import { tryWritingCounts } from '#store/counts/keep-counts';
import { forgetTallies } from '#store/counts/tallies';
import { keepEvents } from '#store/events';
import { endOf } from '#store/expiry';
import { findJob, type JobMove, type JobMoved, moveJob, NOT_REQUEUED, NOT_WRITING } from '#store/jobs';
import { recordedCounts } from '#store/reads/counting';
import { openTaskKeys, taskPages } from '#store/reads/task-pages';

/** A lost round means that the job was moved in between: to a later status, or by a hold and a release. */
const MAX_ROUNDS = 20;

/**
 * Ends the job if no task of it is open; returns it if it is final, else undefined. 1 RCU while a task is open in the
 * first shard that it checks. It may be repeated, and called by several at once: one guarded write of the final status
 * succeeds.
 * @throws Contended after `MAX_ROUNDS`
 */
export async function completeJob(jobId: string, hint: { shards: number; shard?: number }): Promise<Job | undefined> {
  if (await hasOpenTask(jobId, hint)) return undefined;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const job = await findJob(jobId);
    if (!job || isFinalJob(job.status)) return job;
    // The job may have grown since the hint was taken, or be growing or requeued now.
    if (isChanging(job) || (await hasOpenTask(jobId, job))) return undefined;
    const moved = await endJob(job);
    if (moved.moved) {
      // Where tasks of a large job have finished is read also after its end.
      if (job.shards > 1) await tryWritingCounts();
      forgetTallies(jobId);
      await tellJob(moved.job, [endEvent(moved.job)]);
      // Last, because nothing depends on it: a crash before it leaves events that expire a little early.
      await keepEvents(jobId, moved.job.expiresAt ?? 0);
      return moved.job;
    }
  }
  throw new Contended(`job ${jobId}`, MAX_ROUNDS);
}

/** Whether tasks of the job are being written, added or made ready again: what it has now is not all that it has. */
function isChanging({ writingUntil, addingUntil, requeue }: Job): boolean {
  return writingUntil !== undefined || addingUntil !== undefined || requeue !== undefined;
}

/** Whether a task of the job is open. Checks the hinted shard first, where an open task was last seen. */
async function hasOpenTask(jobId: string, hint: { shards: number; shard?: number }): Promise<boolean> {
  for (let step = 0; step < hint.shards; step += 1) {
    const shard = ((hint.shard ?? 0) + step) % hint.shards;
    const { keys } = await openTaskKeys(shardKey(jobId, shard), { limit: 1 });
    if (keys.length > 0) return true;
  }
  return false;
}

async function endJob(job: Job): Promise<JobMoved> {
  const taskCounts = await recordedCounts(job);
  const endedAt = new Date().toISOString();
  const failed = taskCounts.Error > 0 && (await hasCountingFailure(job));
  const move: JobMove = job.status === 'Cancelling' ? 'endCancel' : failed ? 'fail' : 'finish';
  return moveJob(job.jobId, move, {
    set: { taskCounts, ...endOf(endedAt) },
    remove: ['countsBase'],
    when: [
      { attribute: 'status', in: [job.status] },
      // A job that has grown or was requeued since the check has open tasks again.
      { attribute: 'taskTotal', in: [job.taskTotal] },
      { attribute: 'run', in: [job.run] },
      { attribute: 'addingUntil', exists: false },
      NOT_REQUEUED,
      NOT_WRITING,
    ],
  });
}

/** Whether the job has a failed task whose failure counts for it. */
async function hasCountingFailure(job: Job): Promise<boolean> {
  for await (const tasks of taskPages(job)) {
    if (tasks.some((task) => task.status === 'Error' && !task.ignoreFailure)) return true;
  }
  return false;
}
