import { requeueJob } from '#engine/jobs/requeue-job';
import { checkSystemJob } from '#functions/middleware/authorize';
import { authorOf, ownJobRoute } from '#functions/middleware/route';
import { jobView } from '#functions/views';

/** `POST /jobs/{jobId}/requeue`: a final job runs again, all of it or what has not Finished. */
export const handler = ownJobRoute('requeue-job', async (call) => {
  checkSystemJob(call.job, call.caller, 'requeue');
  return jobView(await requeueJob(call.job, call.body.scope, authorOf(call)));
});
