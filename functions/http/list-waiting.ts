import { listWaiting } from '#engine/jobs/list-waiting';
import { route } from '#functions/middleware/route';

/** `GET /jobs/{jobId}/waiting`: what the job and its tasks wait for, and what to do about it. */
export const handler = route('list-waiting', async ({ path }) => ({ items: await listWaiting(path.jobId) }));
