import { writeTasks } from '#engine/submissions/write-tasks';
import { step } from '#functions/middleware/base';

/** State `WriteTasks` of `submit-job`: writes tasks until its time is over. The next call goes on from there. */
export const handler = step('write-tasks', async ({ jobId }, { deadlineMs }) => {
  return { jobId, done: await writeTasks(jobId, deadlineMs) };
});
