import { cancelJob } from '#engine/jobs/cancel-job';
import { authorOf, ownJobRoute } from '#functions/middleware/route';
import { jobView } from '#functions/views';

/** `POST /jobs/{jobId}/cancel`: nothing of the job starts any more; what has started may end. Accepted by one guarded write. */
export const handler = ownJobRoute('cancel-job', async (call) => {
  return jobView(await cancelJob(call.job.jobId, { ...authorOf(call), ...call.body }));
});
