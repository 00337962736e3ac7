import { addTasks } from '#engine/jobs/add-tasks';
import { byCaller, ownJobRoute } from '#functions/middleware/route';
import { jobView } from '#functions/views';
import { putEvent } from '#store/events';

/** `POST /jobs/{jobId}/tasks`: adds tasks to a held job, all or none. */
export const handler = ownJobRoute('add-tasks', async (call) => {
  const job = await addTasks(call.job.jobId, call.body.tasks);
  const added = { tasks: call.body.tasks.length, taskTotal: job.taskTotal };
  await putEvent(
    job.jobId,
    { at: new Date().toISOString(), type: 'TasksAdded', ...byCaller(call), ...added },
    String(job.taskTotal),
  );
  return jobView(job);
});
