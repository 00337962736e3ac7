import { byCaller, route } from '#functions/middleware';
import { checkSystemJob } from '#functions/system-jobs';
import { jobView } from '#functions/views';
import { putEvent } from '#store/events';
import { getJob } from '#store/jobs';
import { holdJob } from '#store/withholding';

/** `POST /jobs/{jobId}/hold`: a waiting job is not started until it is released. */
export const handler = route('hold-job', async (call) => {
  const job = await getJob(call.path.jobId);
  checkSystemJob(job, call.caller, 'hold');
  const held = await holdJob(job.jobId);
  await putEvent(job.jobId, { at: new Date().toISOString(), type: 'JobHeld', ...byCaller(call) });
  return jobView(held);
});
