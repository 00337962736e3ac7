import { listWaiting } from '#engine/jobs/list-waiting';
import { route } from '#functions/middleware/route';

/** `GET /jobs/{jobId}/waiting`: what the job and its tasks, or one of them, wait for, and what to do about it. */
export const handler = route('list-waiting', async ({ path, query }) => ({
  items: await listWaiting(path.jobId, query.taskId),
}));
