import { cancelRunning, cancelTasks } from '#engine/jobs/cancel-tasks';
import { step } from '#functions/middleware/base';
import { getJob } from '#store/jobs';

/**
 * State `CancelTasks` of `cancel-job`: marks what runs, and cancels tasks until its time is over. The next call goes on
 * from there.
 */
export const handler = step('cancel-tasks', async ({ jobId }, { deadlineMs }) => {
  const job = await getJob(jobId);
  if (job.status !== 'Cancelling') return { jobId, done: true };
  await cancelRunning(job);
  return { jobId, done: await cancelTasks(job, deadlineMs) };
});
