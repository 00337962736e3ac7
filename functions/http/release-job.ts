import { byCaller, ownJobRoute } from '#functions/middleware';
import { checkSystemJob } from '#functions/system-jobs';
import { jobView } from '#functions/views';
import { putEvent } from '#store/events';
import { releaseJob } from '#store/withholding';

/** `POST /jobs/{jobId}/release`: a held job may be started. */
export const handler = ownJobRoute('release-job', async (call) => {
  checkSystemJob(call.job, call.caller, 'release');
  const released = await releaseJob(call.job);
  await putEvent(call.job.jobId, { at: new Date().toISOString(), type: 'JobReleased', ...byCaller(call) });
  return jobView(released);
});
