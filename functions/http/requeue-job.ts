import { MAX_TASKS_PASSED_INLINE } from '#domain/limits';
import { startRequeueTasks } from '#engine/aws/workflows';
import { passRequeue, requeueJob } from '#engine/jobs/requeue-job';
import { byCaller, ownJobRoute } from '#functions/middleware/route';
import { jobView } from '#functions/views';
import { putEvent } from '#store/events';
import { getJob } from '#store/jobs';

/** `POST /jobs/{jobId}/requeue`: runs a job again that has ended: all its tasks, or those that did not finish. */
export const handler = ownJobRoute('requeue-job', async (call) => {
  const requestedAt = new Date().toISOString();
  const job = await requeueJob(call.job, { requestedBy: call.caller.user, requestedAt, scope: call.body.scope });
  await putEvent(job.jobId, {
    at: requestedAt,
    type: 'JobRequeued',
    ...byCaller(call),
    scope: call.body.scope,
    run: job.run,
  });
  if (job.taskTotal <= MAX_TASKS_PASSED_INLINE) await passRequeue(job, Number.POSITIVE_INFINITY);
  else await startRequeueTasks(job);
  return jobView(await getJob(job.jobId));
});
