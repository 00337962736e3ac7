import { route } from '#functions/middleware/route';
import { taskView } from '#functions/views';
import { getJob } from '#store/jobs';
import { getTask } from '#store/tasks';

/** `GET /jobs/{jobId}/tasks/{taskId}`: one task. */
export const handler = route('get-task', async ({ path }) => {
  const job = await getJob(path.jobId);
  return taskView(await getTask(job, path.taskId), job);
});
