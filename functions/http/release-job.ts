import { releaseJob } from '#engine/jobs/release-job';
import { authorOf, ownJobRoute } from '#functions/middleware/route';
import { jobView } from '#functions/views';
import { wakeFor } from '#functions/wake';

/** `POST /jobs/{jobId}/release`: a held job may be started. */
export const handler = ownJobRoute('release-job', async (call) => {
  const job = await releaseJob(call.job, authorOf(call));
  await wakeFor(job);
  return jobView(job, call.caller);
});
