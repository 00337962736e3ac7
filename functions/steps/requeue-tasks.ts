import { requeueTasks } from '#engine/jobs/requeue-tasks';
import { step } from '#functions/middleware/base';
import { wakeFor } from '#functions/wake';
import { getJob } from '#store/jobs';

/** State `RequeueTasks` of `requeue-job`: readies tasks until its time is over. The next call goes on from there. */
export const handler = step('requeue-tasks', async ({ jobId }, { deadlineMs }) => {
  const job = await getJob(jobId);
  if (job.requeue && !(await requeueTasks(job, deadlineMs))) return { jobId, done: false };
  await wakeFor(await getJob(jobId));
  return { jobId, done: true };
});
