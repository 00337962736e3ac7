/** When servers look at a job: it enters the dispatch index, is put off there, and leaves it. */
import type { Job } from '#domain/jobs/job';
import { dispatchRank } from '#domain/priorities';
import { mayRun, RUNNABLE_JOB_STATUSES } from '#domain/statuses';
import { DISPATCH_KEYS, dispatchKeys, firstTurn, samePriority, sameTurn } from '#store/dispatch-keys';
import { guardedWrite } from '#store/dynamodb/guarded-write';
import { findJob, toJob } from '#store/jobs';

/**
 * Puts a job into the dispatch index after a task of it was made Ready, its turn by its age; nothing happens when it is there already, or may
 * not run. Whoever takes a job out of the index or puts it off looks for Ready tasks afterwards: one of the two always sees the other. 1 RCU,
 * and 2 WCU when it was not there.
 */
export async function enterDispatch(jobId: string): Promise<void> {
  for (let job = await findJob(jobId); job && !isSeen(job); job = await findJob(jobId)) {
    const { applied } = await guardedWrite({
      table: 'jobs',
      key: { jobId },
      set: dispatchKeys(job),
      when: [
        { attribute: 'status', in: RUNNABLE_JOB_STATUSES },
        { attribute: 'requeue', exists: false },
        samePriority(job),
        sameTurn(job),
      ],
    });
    // Refused, it may have been put off, taken out or given another priority a moment ago: look again.
    if (applied || !mayRun(job.status) || job.requeue) return;
  }
}

/** Puts off a job none of whose tasks may start before that time; the caller is to look for Ready tasks once more afterwards. */
export async function postponeDispatch(jobId: string, at: string): Promise<Job | undefined> {
  const job = await findJob(jobId);
  if (!job || job.dispatchAt === undefined || job.dispatchAt >= at) return undefined;
  const written = await guardedWrite({
    table: 'jobs',
    key: { jobId },
    set: { dispatchAt: at, rank: dispatchRank(job.priority, at, jobId) },
    when: [sameTurn(job), samePriority(job)],
  });
  return written.applied && written.item ? toJob(written.item) : undefined;
}

/** Takes a job that has no Ready task out of the dispatch index; the caller is to look for Ready tasks once more afterwards. */
export async function leaveDispatch(jobId: string): Promise<Job | undefined> {
  const written = await guardedWrite({
    table: 'jobs',
    key: { jobId },
    remove: DISPATCH_KEYS,
    when: [{ attribute: 'dispatchGroup', exists: true }],
  });
  return written.applied && written.item ? toJob(written.item) : undefined;
}

/** Whether servers look at the job as early as they ever may. */
function isSeen(job: Job): boolean {
  return job.dispatchAt !== undefined && job.dispatchAt <= firstTurn(job);
}
