import { byCaller, ownJobRoute } from '#functions/middleware/route';
import { jobView } from '#functions/views';
import { putEvent } from '#store/events';
import { setPriority } from '#store/jobs';

/** `PUT /jobs/{jobId}/priority`: changes the priority of a job that has not ended. */
export const handler = ownJobRoute('set-priority', async (call) => {
  const { before, job } = await setPriority(call.job.jobId, call.body.priority);
  await putEvent(job.jobId, {
    at: new Date().toISOString(),
    type: 'PriorityChanged',
    ...byCaller(call),
    before,
    after: job.priority,
  });
  return jobView(job);
});
