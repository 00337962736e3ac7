import { MAX_TASKS_PASSED_INLINE } from '#domain/limits';
import { startCancelTasks } from '#engine/aws/workflows';
import { cancelJob, markRunning, passCancel } from '#engine/jobs/cancel-job';
import { byCaller, ownJobRoute } from '#functions/middleware/route';
import { jobView } from '#functions/views';
import { putEvent } from '#store/events';
import { getJob } from '#store/jobs';

/** `POST /jobs/{jobId}/cancel`: nothing of the job starts any more; what has started may end. Accepted by one guarded write. */
export const handler = ownJobRoute('cancel-job', async (call) => {
  const requestedAt = new Date().toISOString();
  const job = await cancelJob(call.job.jobId, { requestedBy: call.caller.user, requestedAt, ...call.body });
  await putEvent(job.jobId, { at: requestedAt, type: 'JobCancelling', ...byCaller(call), ...call.body });
  if (job.taskTotal <= MAX_TASKS_PASSED_INLINE) {
    await passCancel(job, Number.POSITIVE_INFINITY);
  } else {
    // First what runs, that it is told at once; if we die before the pass is started, the reaper starts it.
    await markRunning(job);
    await startCancelTasks(job);
  }
  return jobView(await getJob(job.jobId));
});
