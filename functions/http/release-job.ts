import { releaseJob } from '#engine/jobs/hold-job';
import { byCaller, ownJobRoute } from '#functions/middleware/route';
import { jobView } from '#functions/views';
import { putEvent } from '#store/events';

/** `POST /jobs/{jobId}/release`: a held job may be started. */
export const handler = ownJobRoute('release-job', async (call) => {
  const released = await releaseJob(call.job);
  await putEvent(call.job.jobId, { at: new Date().toISOString(), type: 'JobReleased', ...byCaller(call) });
  return jobView(released);
});
