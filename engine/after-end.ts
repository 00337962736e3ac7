/**
 * What follows an end: unlock the tasks that depended on it, offer the job to the servers, end the job, end the abort.
 * Only the functions here unlock, offer and complete. Each step can be repeated; after a crash the reaper repeats it.
 */

import { requeueEvent } from '#domain/events';
import type { Job } from '#domain/jobs/job';
import { shardNumber } from '#domain/jobs/shards';
import type { Task } from '#domain/tasks/task';
import { tryWritingCounts } from '#store/counts/keep-counts';
import { changeJob, findJob } from '#store/jobs';
import { nextStart } from '#store/reads/dispatch';
import { completeAbort } from './aborts/complete-abort.ts';
import { completeJob } from './jobs/complete-job.ts';
import { offerJob } from './jobs/offer-job.ts';
import { unlockDependents, unlockWaiting } from './tasks/unlock-tasks.ts';
import { tellJob } from './tell-events.ts';

type Ended = {
  /** The job as it was read, at least with its number of shards. */
  readonly job: Job;
  readonly task: Task;
  /** The task was made Ready again: by a retry, or because its server stopped. */
  readonly isReady?: boolean;
  /** Whether another task of the job is open, so the job cannot end. Asked after unlocking, which may end tasks. */
  readonly isJobOpen?: () => boolean;
  /** Whether to go on unlocking; what is left is done by the reaper. */
  readonly mayGoOn?: (checked: number) => boolean;
  /** The abort that stopped the task, or that waits for its end. */
  readonly abortId?: string | undefined;
};

/**
 * Follows the end of a task's attempt, also if another party recorded it. 1 RCU for a task without dependents.
 * @throws Contended like `offerJob` and `completeJob`
 */
export async function afterAttempt({ job, task, isReady = false, isJobOpen, mayGoOn, abortId }: Ended): Promise<void> {
  const hasUnlocked = task.dependents ? await unlockDependents(job, task, mayGoOn) : false;
  if (isReady || hasUnlocked) await offerJob(job.jobId);
  if (!isJobOpen?.()) await completeJob(job.jobId, { shards: job.shards, shard: shardNumber(task.shardId) });
  if (abortId !== undefined) await completeAbort(abortId);
}

/**
 * Follows a claim that was given back before its handler ran. It may have been the job's last open task.
 * @throws Contended like `offerJob` and `completeJob`
 */
export async function afterClaim({ jobId }: Pick<Task, 'jobId'>, isReady: boolean): Promise<void> {
  if (isReady) await offerJob(jobId);
  await completeJob(jobId, { shards: 1 });
}

/**
 * Follows the pass over a cancelled job's tasks.
 * @throws Contended like `completeJob`
 */
export async function afterPass(job: Job): Promise<void> {
  await completeJob(job.jobId, job);
}

/**
 * Follows the pass over a requeued job's tasks: unlocks tasks whose dependencies stay as they are, offers the job to
 * the servers, and ends it again if no task was in scope. False if the deadline (epoch milliseconds) came first.
 * @throws Contended like `offerJob` and `completeJob`
 */
export async function afterRequeue(job: Job, deadlineMs: number): Promise<boolean> {
  // Told first, because the write below removes the requeue from the record.
  await tellJob(job, [requeueEvent(job)]);
  if (job.hasDependencies && !(await unlockWaiting(job, deadlineMs)).isDone) return false;
  // If this process dies after the write below, no pass is repeated, and none looks after the counts.
  await tryWritingCounts();
  await changeJob(job.jobId, { remove: ['requeue'], when: [{ attribute: 'run', in: [job.run] }] });
  const now = await findJob(job.jobId);
  if (!now) return true;
  await offerJob(now.jobId);
  await completeJob(now.jobId, now);
  return true;
}

/**
 * Completes what a crash cut off after an end, until the deadline (epoch milliseconds) at most. The reaper calls it for
 * open jobs.
 * @throws Contended like `offerJob` and `completeJob`
 */
export async function afterCrash(job: Job, deadlineMs: number): Promise<void> {
  const isReady = job.hasDependencies && (await unlockWaiting(job, deadlineMs)).isReady;
  if (isReady || (await isHidden(job))) await offerJob(job.jobId);
  await completeJob(job.jobId, job);
}

/**
 * Whether servers skip the job although a task may start: the party that rested it may have died before its second
 * look.
 */
async function isHidden(job: Job): Promise<boolean> {
  if (job.dispatchAt !== undefined && job.dispatchAt <= new Date().toISOString()) return false;
  const next = await nextStart(job);
  return next !== undefined && next < (job.dispatchAt ?? '~');
}
