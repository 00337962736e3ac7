import { Refusal } from '#domain/errors';
import { isFinalAbort } from '#domain/statuses';
import { requestAbort } from '#engine/aborts/abort-job';
import { checkConfirmed } from '#engine/aborts/plan-abort';
import { byCaller, route } from '#functions/middleware/route';
import { abortView } from '#functions/views';
import { findAbort, getAbort } from '#store/aborts';
import { getJob } from '#store/jobs';

const MAX_ROUNDS = 5;

/** `POST /jobs/{jobId}/abort`: does the confirmed plan. While an abort of the job is under way, the answer is that abort. */
export const handler = route('abort-job', async (call) => {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const job = await getJob(call.path.jobId);
    const standing = job.abortId === undefined ? undefined : await findAbort(job.abortId);
    if (standing && !isFinalAbort(standing.status)) return abortView(standing);

    // Of the same read: an abort that another request has linked since would be replaced otherwise.
    const { planned, confirmed } = await checkConfirmed(job, call.body.planId);
    const abort = await requestAbort(planned, { ...byCaller(call), ...call.body, confirmed });
    if (abort) return abortView(await getAbort(abort.abortId));
    // Lost to another abort, or the job has just ended: look again.
  }
  throw new Refusal('TooManyRequests', 'Others are aborting this job at the same moment; read the plan again.');
});
