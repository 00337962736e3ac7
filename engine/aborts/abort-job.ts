import type { Abort } from '#domain/aborts/abort';
import { Refusal } from '#domain/errors';
import type { Author } from '#domain/events';
import { isFinalAbort } from '#domain/statuses';
import { findAbort, getAbort } from '#store/aborts';
import { getJob } from '#store/jobs';
import { checkConfirmed } from './plan-abort.ts';
import { requestAbort } from './request-abort.ts';

/** Each round lost means that another request has aborted the job, or that it has just ended. */
const MAX_ROUNDS = 5;

/**
 * Does the confirmed plan. While an abort of the job is under way, returns that abort.
 * @throws Refusal NotFound, WrongStatus, NothingToAbort, PlanChanged; TooManyRequests after `MAX_ROUNDS`
 */
export async function abortJob(
  jobId: string,
  { planId, reason }: { planId: string; reason: string },
  { by, from }: Pick<Author, 'by' | 'from'>,
): Promise<Abort> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const job = await getJob(jobId);
    const standing = job.abortId === undefined ? undefined : await findAbort(job.abortId);
    if (standing && !isFinalAbort(standing.status)) return standing;
    // Of the same read: an abort that another request has linked since would be replaced otherwise.
    const { planned, confirmed } = await checkConfirmed(job, planId);
    const abort = await requestAbort(planned, { by, from, reason, planId, confirmed });
    if (abort) return getAbort(abort.abortId);
  }
  throw new Refusal('TooManyRequests', 'Others are aborting this job at the same moment; read the plan again.');
}
