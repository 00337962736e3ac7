/** When servers look at a job: the functions here put it into the dispatch index, put it off there, and take it out. */
import { Contended } from '#domain/errors';
import type { Job } from '#domain/jobs/job';
import { dispatchRank } from '#domain/priorities';
import { mayRun, RUNNABLE_JOB_STATUSES } from '#domain/statuses';
import { nudgeForOffer } from '#engine/servers/nudge-servers';
import { DISPATCH_KEYS, dispatchKeys, firstTurn, samePriority, sameTurn } from '#store/dispatch-keys';
import { changeJob, findJob, NOT_REQUEUED, NOT_WRITING } from '#store/jobs';
import { isNow, nextStart } from '#store/reads/dispatch';

/** A lost round means that the job was put off, taken out or given another priority in between. */
const MAX_ROUNDS = 20;

/**
 * Offers a job that has a new Ready task to the servers, its turn by its age, and nudges one that is idle. Does nothing
 * if the job may not run. A party that takes a job out of the index or puts it off looks for Ready tasks afterwards:
 * one of the two always sees the other. 1 RCU, and 2 WCU if it was not there.
 * @throws Contended after `MAX_ROUNDS`
 */
export async function offerJob(jobId: string): Promise<void> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const job = await findJob(jobId);
    if (!job || !mayRun(job.status) || job.requeue || job.writingUntil !== undefined) return;
    if (isOffered(job) || (await putIn(job))) return nudgeForOffer(job);
  }
  throw new Contended(`job ${jobId}`, MAX_ROUNDS);
}

/**
 * Takes a job without a Ready task out of the index, or puts it off if its next task may only start later. A party that
 * makes a task Ready offers the job again. 1 RCU a shard and group, and 2 WCU. Several may call it at once.
 * @throws Contended like `offerJob`
 */
export async function restJob(job: Pick<Job, 'jobId' | 'shards' | 'batchGroups'>): Promise<void> {
  const next = await nextStart(job);
  if (isNow(next)) return;
  const rested = next === undefined ? await takeOut(job.jobId) : await putOff(job.jobId, next);
  if (!rested) return;
  const now = await nextStart(rested);
  if (now !== undefined && now < (next ?? '~')) await offerJob(job.jobId);
}

async function putIn(job: Job): Promise<boolean> {
  const { moved } = await changeJob(job.jobId, {
    set: dispatchKeys(job),
    when: [
      { attribute: 'status', in: RUNNABLE_JOB_STATUSES },
      NOT_REQUEUED,
      NOT_WRITING,
      samePriority(job),
      sameTurn(job),
    ],
  });
  return moved;
}

/** Puts off a job if no task of it may start before that time. The caller then looks for Ready tasks once more. */
async function putOff(jobId: string, at: string): Promise<Job | undefined> {
  const job = await findJob(jobId);
  if (!job || job.dispatchAt === undefined || job.dispatchAt >= at) return undefined;
  const put = await changeJob(jobId, {
    set: { dispatchAt: at, rank: dispatchRank(job.priority, at, jobId) },
    when: [sameTurn(job), samePriority(job)],
  });
  return put.moved ? put.job : undefined;
}

/** Takes a job without a Ready task out of the dispatch index. The caller then looks for Ready tasks once more. */
async function takeOut(jobId: string): Promise<Job | undefined> {
  const when = [{ attribute: 'dispatchGroup', exists: true }];
  const taken = await changeJob(jobId, { remove: DISPATCH_KEYS, when });
  return taken.moved ? taken.job : undefined;
}

/** Whether servers look at the job as early as they ever may. */
function isOffered(job: Job): boolean {
  return job.dispatchAt !== undefined && job.dispatchAt <= firstTurn(job);
}
