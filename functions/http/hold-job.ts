import { holdJob } from '#engine/jobs/hold-job';
import { authorOf, ownJobRoute } from '#functions/middleware/route';
import { jobView } from '#functions/views';

/** `POST /jobs/{jobId}/hold`: a waiting job is not started until it is released. */
export const handler = ownJobRoute('hold-job', async (call) =>
  jobView(await holdJob(call.job, authorOf(call)), call.caller),
);
