/**
 * What the reaper does for jobs that a crash left half done. A call goes on where the previous one stopped, so each job
 * has its turn.
 */
import type { Job } from '#domain/jobs/job';
import type { Measured } from '#domain/measures';
import { afterCrash } from '#engine/after-end';
import { startCancelTasks, startRequeueTasks, startWriteTasks } from '#engine/aws/workflows';
import { clearAdding } from '#engine/jobs/add-lease';
import { isOver } from '#engine/submissions/lease';
import { removeSubmission } from '#engine/submissions/remove-submission';
import { inParallel } from '#store/in-parallel';
import { findJob } from '#store/jobs';
import { listJobKeys } from '#store/reads/job-keys';
import { type Backlog, findRound, keepRound, type Round } from '#store/reaper-rounds';
import type { BoundedWork } from './bounded-work.ts';
import { observe } from './observe-job.ts';
import { repairCounts } from './repair-counts.ts';

const PAGE_ITEMS = 200;
const JOBS_AT_ONCE = 8;
/**
 * After this time a call starts no further job; what it has started may take another 8 s. The next call starts 30 s
 * after this one.
 */
const CALL_MS = 20_000;
/** How long one call checks the waiting tasks of one job; the next call goes on from there. */
const UNLOCKING_MS = 2_000;

type Options = {
  readonly callMs?: number;
  readonly jobMs?: number;
  /** Publishes what it has removed. */
  publish?(values: Measured): void;
};

/**
 * Checks the open jobs, newest first, for at most `callMs`: resumes a cancel, unlocks what waits for ended tasks, ends
 * a job if no task of it is open. Returns the backlog of all of them: while a round takes several calls, what it has
 * seen so far, or what the previous round saw if that is more. 2 RCU a job, and the cost of counting the tasks that
 * wait.
 */
export async function reapJobs(boundedWork: BoundedWork, options: Options = {}): Promise<Backlog> {
  const kept = await findRound();
  const { before, seen, last } = kept ?? newRound();
  const stoppedAt = await passJobs({ before, seen, last }, boundedWork, options);
  if (stoppedAt !== undefined) await keepRound({ before: stoppedAt, seen, last });
  else if (kept) await keepRound(before === undefined ? undefined : newRound(seen));
  return stoppedAt === undefined ? seen : larger(seen, last);
}

function newRound(last?: Backlog): Round {
  return { seen: { ReadyTasks: 0, OldestCancellingSeconds: 0, wakingTasks: 0 }, last };
}

function larger(seen: Backlog, last = seen): Backlog {
  return {
    ReadyTasks: Math.max(seen.ReadyTasks, last.ReadyTasks),
    OldestCancellingSeconds: Math.max(seen.OldestCancellingSeconds, last.OldestCancellingSeconds),
    wakingTasks: Math.max(seen.wakingTasks, last.wakingTasks),
  };
}

/**
 * Goes on with the round, and adds to what it has seen. Returns the id of the last job that it reached if the call
 * stopped before the end of the round, else undefined.
 */
async function passJobs(round: Round, boundedWork: BoundedWork, options: Options): Promise<string | undefined> {
  const { callMs = CALL_MS, jobMs, publish } = options;
  const deadlineMs = Date.now() + callMs;
  let { before } = round;
  let begun = 0;
  let next: string | undefined;
  do {
    const page = await listJobKeys('Open', { before, limit: PAGE_ITEMS });
    next = page.more ? page.keys.at(-1)?.jobId : undefined;
    // If this call dies with the page, the next one does not begin with it.
    if (next !== undefined) await keepRound({ ...round, before: next });
    let left = page.keys.length;
    await inParallel(page.keys, JOBS_AT_ONCE, async ({ jobId }) => {
      if (begun >= JOBS_AT_ONCE && Date.now() >= deadlineMs) return;
      [before, begun, left] = [jobId, begun + 1, left - 1];
      await boundedWork.doInTime(`job ${jobId}`, () => reapJob(jobId, round.seen, publish), jobMs);
    });
    if (left > 0) return before;
  } while (next !== undefined);
  return undefined;
}

async function reapJob(jobId: string, backlog: Backlog, publish: Options['publish']): Promise<void> {
  const job = await findJob(jobId);
  if (!job || !(await clearAdding(job))) return;
  await observe(job, backlog);
  if (job.writingUntil !== undefined) return reapWriting(job, publish);
  if (job.requeue) return startRequeueTasks(job, new Date());
  if (job.status === 'Cancelling' && job.cancelPassedAt === undefined) return startCancelTasks(job, new Date());
  await repairCounts(job);
  await afterCrash(job, Date.now() + UNLOCKING_MS);
}

/** Goes on with the writing of the job's tasks if its lease is over, or removes a job that was never accepted. */
async function reapWriting(job: Job, publish: Options['publish']): Promise<void> {
  if (!isOver(job.writingUntil ?? '')) return;
  if (job.unwritten) return startWriteTasks(job, new Date());
  if (await removeSubmission(job)) publish?.({ SubmissionsRemoved: 1 });
}
