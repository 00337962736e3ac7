import { releaseJob } from '#engine/jobs/release-job';
import { authorOf, ownJobRoute } from '#functions/middleware/route';
import { jobView } from '#functions/views';

/** `POST /jobs/{jobId}/release`: a held job may be started. */
export const handler = ownJobRoute('release-job', async (call) => jobView(await releaseJob(call.job, authorOf(call))));
