import { requeueJob } from '#engine/jobs/requeue-job';
import { authorOf, ownJobRoute } from '#functions/middleware/route';
import { jobView } from '#functions/views';

/** `POST /jobs/{jobId}/requeue`: runs a job again that has ended: all its tasks, or those that did not finish. */
export const handler = ownJobRoute('requeue-job', async (call) => {
  return jobView(await requeueJob(call.job, call.body.scope, authorOf(call)));
});
