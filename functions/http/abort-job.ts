import { abortJob } from '#engine/aborts/abort-job';
import { authorOf, route } from '#functions/middleware/route';
import { abortView } from '#functions/views';

/** `POST /jobs/{jobId}/abort`: does the confirmed plan. While an abort of the job is under way, the answer is that abort. */
export const handler = route('abort-job', async (call) => {
  return abortView(await abortJob(call.path.jobId, call.body, authorOf(call)));
});
