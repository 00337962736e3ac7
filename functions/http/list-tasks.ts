import { route } from '#functions/middleware/route';
import { taskView } from '#functions/views';
import { getJob } from '#store/jobs';
import { listTasks } from '#store/reads/list-tasks';

/** `GET /jobs/{jobId}/tasks`: a page at a time, by effective status. */
export const handler = route('list-tasks', async ({ path, query }) => {
  const job = await getJob(path.jobId);
  const { tasks, ...rest } = await listTasks(job, { ...query, statuses: query.status });
  return { items: tasks.map((task) => taskView(task, job)), ...rest };
});
