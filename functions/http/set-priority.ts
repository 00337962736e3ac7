import { setPriority } from '#engine/jobs/set-priority';
import { authorOf, ownJobRoute } from '#functions/middleware/route';
import { jobView } from '#functions/views';

/** `PUT /jobs/{jobId}/priority`: changes the priority of a job that has not ended. */
export const handler = ownJobRoute('set-priority', async (call) => {
  return jobView(await setPriority(call.job, call.body.priority, authorOf(call)), call.caller);
});
