import { nothing, taskPathSchema } from '#domain/requests';
import { reply, route } from '#functions/middleware';
import { taskView } from '#functions/views';
import { getJob } from '#store/jobs';
import { getTask } from '#store/tasks';

/** `GET /jobs/{jobId}/tasks/{taskId}`: one task. */
export const handler = route('get-task', { path: taskPathSchema, query: nothing, body: nothing }, async ({ path }) => {
  const job = await getJob(path.jobId);
  return reply(200, taskView(await getTask(job, path.taskId), job));
});
