import { addTasks } from '#engine/jobs/add-tasks';
import { authorOf, ownJobRoute } from '#functions/middleware/route';
import { jobView } from '#functions/views';

/** `POST /jobs/{jobId}/tasks`: adds tasks to a held job, all or none. */
export const handler = ownJobRoute('add-tasks', async (call) => {
  return jobView(await addTasks(call.job.jobId, call.body.tasks, authorOf(call)), call.caller);
});
