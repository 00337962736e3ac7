import { Refusal } from '#domain/errors';
import { isFinalAbort } from '#domain/statuses';
import { requestAbort } from '#engine/aborts/abort-job';
import { checkConfirmed } from '#engine/aborts/plan-abort';
import { byCaller, route } from '#functions/middleware/route';
import { abortView } from '#functions/views';
import { findAbort, getAbort } from '#store/aborts';
import { getJob } from '#store/jobs';

const MAX_ROUNDS = 5;

/** `POST /jobs/{jobId}/abort`: carries out the confirmed plan, or returns the abort that is under way. */
export const handler = route('abort-job', async (call) => {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const job = await getJob(call.path.jobId);
    const standing = job.abortId === undefined ? undefined : await findAbort(job.abortId);
    if (standing && !isFinalAbort(standing.status)) return abortView(standing);

    // By the job as it was read: an abort that another request has linked since must not be replaced.
    const { planned, confirmed } = await checkConfirmed(job, call.body.planId);
    const abort = await requestAbort(planned, { ...byCaller(call), ...call.body, confirmed });
    if (abort) return abortView(await getAbort(abort.abortId));
    // Another abort came first, or the job has just ended: look again.
  }
  throw new Refusal('TooManyRequests', 'Other requests are aborting this job at the same moment; read the plan again.');
});
