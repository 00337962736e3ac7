import { cancelJob } from '#engine/jobs/cancel-job';
import { authorOf, ownJobRoute } from '#functions/middleware/route';
import { jobView } from '#functions/views';

/** `POST /jobs/{jobId}/cancel`: one guarded write. No task of the job starts from now on; those that run may end. */
export const handler = ownJobRoute('cancel-job', async (call) => {
  return jobView(await cancelJob(call.job, { ...authorOf(call), ...call.body }), call.caller);
});
