import { abortJob } from '#engine/aborts/abort-job';
import { authorOf, route } from '#functions/middleware/route';
import { abortView } from '#functions/views';

/** `POST /jobs/{jobId}/abort`: carries out the confirmed plan, or returns the abort that is under way. */
export const handler = route('abort-job', async (call) => {
  return abortView(await abortJob(call.path.jobId, call.body, authorOf(call)), call.caller);
});
