import { byCaller, route } from '#functions/middleware';
import { checkSystemJob } from '#functions/system-jobs';
import { jobView } from '#functions/views';
import { putEvent } from '#store/events';
import { getJob, setPriority } from '#store/jobs';

/** `PUT /jobs/{jobId}/priority`: changes the priority of a job that has not ended. */
export const handler = route('set-priority', async (call) => {
  checkSystemJob(await getJob(call.path.jobId), call.caller, 'prioritise');
  const { before, job } = await setPriority(call.path.jobId, call.body.priority);
  await putEvent(job.jobId, {
    at: new Date().toISOString(),
    type: 'PriorityChanged',
    ...byCaller(call),
    before,
    after: job.priority,
  });
  return jobView(job);
});
