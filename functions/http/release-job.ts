import { byCaller, route } from '#functions/middleware';
import { checkSystemJob } from '#functions/system-jobs';
import { jobView } from '#functions/views';
import { putEvent } from '#store/events';
import { getJob } from '#store/jobs';
import { releaseJob } from '#store/withholding';

/** `POST /jobs/{jobId}/release`: a held job may be started. */
export const handler = route('release-job', async (call) => {
  const job = await getJob(call.path.jobId);
  checkSystemJob(job, call.caller, 'release');
  const released = await releaseJob(job);
  await putEvent(job.jobId, { at: new Date().toISOString(), type: 'JobReleased', ...byCaller(call) });
  return jobView(released);
});
