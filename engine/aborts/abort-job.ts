import type { Abort } from '#domain/aborts/abort';
import { Refusal } from '#domain/errors';
import type { Author } from '#domain/events';
import { isFinalAbort } from '#domain/statuses';
import { findAbort, getAbort } from '#store/aborts';
import { getJob } from '#store/jobs';
import { checkConfirmed } from './plan-abort.ts';
import { requestAbort } from './request-abort.ts';

/** A lost round means that another request aborted the job, or that the job ended. */
const MAX_ROUNDS = 5;

/**
 * Aborts the job as its confirmed plan says. While an abort of the job is open, returns that abort.
 * @throws Refusal NotFound, WrongStatus, NothingToAbort, PlanChanged; TooManyRequests after `MAX_ROUNDS`
 */
export async function abortJob(
  jobId: string,
  { planId, reason }: { planId: string; reason: string },
  { by, byName, from }: Pick<Author, 'by' | 'byName' | 'from'>,
): Promise<Abort> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const job = await getJob(jobId);
    const standing = job.abortId === undefined ? undefined : await findAbort(job.abortId);
    if (standing && !isFinalAbort(standing.status)) return standing;
    // Uses the same read of the job: otherwise it could replace an abort that another request has linked since.
    const { planned, confirmed } = await checkConfirmed(job, planId);
    const abort = await requestAbort(planned, { by, byName, from, reason, planId, confirmed });
    if (abort) return getAbort(abort.abortId);
  }
  throw new Refusal('TooManyRequests', 'Others are aborting this job at the same moment; read the plan again.');
}
