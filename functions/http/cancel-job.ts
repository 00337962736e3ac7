import { MAX_TASKS_PASSED_INLINE } from '#domain/limits';
import { startCancelTasks } from '#engine/aws/workflows';
import { cancelJob, markRunning, passCancel } from '#engine/jobs/cancel-job';
import { byCaller, ownJobRoute } from '#functions/middleware/route';
import { jobView } from '#functions/views';
import { putEvent } from '#store/events';
import { getJob } from '#store/jobs';

/** `POST /jobs/{jobId}/cancel`: one guarded write. No task of the job starts from now on; those that run may end. */
export const handler = ownJobRoute('cancel-job', async (call) => {
  const requestedAt = new Date().toISOString();
  const job = await cancelJob(call.job.jobId, { requestedBy: call.caller.user, requestedAt, ...call.body });
  await putEvent(job.jobId, { at: requestedAt, type: 'JobCancelling', ...byCaller(call), ...call.body });
  if (job.taskTotal <= MAX_TASKS_PASSED_INLINE) {
    await passCancel(job, Number.POSITIVE_INFINITY);
  } else {
    // Tasks that run come first, so they hear of it at once. After a crash here, the reaper starts the workflow.
    await markRunning(job);
    await startCancelTasks(job);
  }
  return jobView(await getJob(job.jobId));
});
