import { Refusal, wrongStatus } from '#domain/errors';
import { byCaller, route } from '#functions/middleware';
import { checkSystemJob } from '#functions/system-jobs';
import { jobView } from '#functions/views';
import { putEvent } from '#store/events';
import { getJob, moveJob } from '#store/jobs';

/** `POST /jobs/{jobId}/hold`: a waiting job is not started until it is released. */
export const handler = route('hold-job', async (call) => {
  const { jobId, ...job } = await getJob(call.path.jobId);
  checkSystemJob(job, call.caller, 'hold');
  const held = await moveJob(jobId, 'hold', { when: [{ attribute: 'requeue', exists: false }] });
  if (!held.moved) {
    const { requeue, status } = held.job ?? (await getJob(jobId));
    if (!requeue) throw wrongStatus('job', 'held', status);
    throw new Refusal('TooManyRequests', 'The job is just being requeued; hold it when its tasks are ready.');
  }
  await putEvent(jobId, { at: new Date().toISOString(), type: 'JobHeld', ...byCaller(call) });
  return jobView(held.job);
});
