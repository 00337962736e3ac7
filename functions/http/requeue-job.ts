import { requeueJob } from '#engine/jobs/requeue-job';
import { authorOf, ownJobRoute } from '#functions/middleware/route';
import { jobView } from '#functions/views';
import { wakeFor } from '#functions/wake';

/** `POST /jobs/{jobId}/requeue`: runs a job again that has ended: all its tasks, or those that did not finish. */
export const handler = ownJobRoute('requeue-job', async (call) => {
  const job = await requeueJob(call.job, call.body.scope, authorOf(call));
  await wakeFor(job);
  return jobView(job, call.caller);
});
