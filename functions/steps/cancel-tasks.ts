import { cancelTasks } from '#engine/jobs/cancel-tasks';
import { step } from '#functions/middleware/base';
import { getJob } from '#store/jobs';

/** State `CancelTasks` of `cancel-job`: cancels tasks until its time is over. The next call goes on from there. */
export const handler = step('cancel-tasks', async ({ jobId }, { deadlineMs }) => {
  const job = await getJob(jobId);
  return { jobId, done: job.status !== 'Cancelling' || (await cancelTasks(job, deadlineMs)) };
});
