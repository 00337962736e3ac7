import { releaseJob } from '#engine/jobs/release-job';
import { checkSystemJob } from '#functions/middleware/authorize';
import { authorOf, ownJobRoute } from '#functions/middleware/route';
import { jobView } from '#functions/views';

/** `POST /jobs/{jobId}/release`: a held job may be started. */
export const handler = ownJobRoute('release-job', async (call) => {
  checkSystemJob(call.job, call.caller, 'release');
  return jobView(await releaseJob(call.job, authorOf(call)));
});
