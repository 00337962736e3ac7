import { wrongStatus } from '#domain/errors';
import { byCaller, route } from '#functions/middleware';
import { checkSystemJob } from '#functions/system-jobs';
import { jobView } from '#functions/views';
import { putEvent } from '#store/events';
import { getJob, moveJob } from '#store/jobs';

/** `POST /jobs/{jobId}/hold`: a waiting job is not started until it is released. */
export const handler = route('hold-job', async (call) => {
  const { jobId, ...job } = await getJob(call.path.jobId);
  checkSystemJob(job, call.caller, 'hold');
  const held = await moveJob(jobId, 'hold');
  if (!held.moved) throw wrongStatus('job', 'held', (await getJob(jobId)).status);
  await putEvent(jobId, { at: new Date().toISOString(), type: 'JobHeld', ...byCaller(call) });
  return jobView(held.job);
});
