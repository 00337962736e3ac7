import { route } from '#functions/middleware/route';
import { listEvents } from '#store/events';
import { getJob } from '#store/jobs';

/** `GET /jobs/{jobId}/events`: who did what to the job, oldest first. */
export const handler = route('list-events', async ({ path, query }) => {
  const job = await getJob(path.jobId);
  const { events, ...rest } = await listEvents(job, { after: query.cursor, limit: query.limit });
  return { items: events, ...rest };
});
