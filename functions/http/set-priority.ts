import { setPriority } from '#engine/jobs/set-priority';
import { checkSystemJob } from '#functions/middleware/authorize';
import { authorOf, ownJobRoute } from '#functions/middleware/route';
import { jobView } from '#functions/views';

/** `PUT /jobs/{jobId}/priority`: changes the priority of a job that has not ended. */
export const handler = ownJobRoute('set-priority', async (call) => {
  checkSystemJob(call.job, call.caller, 'prioritise');
  return jobView(await setPriority(call.job, call.body.priority, authorOf(call)));
});
