import { jobPathSchema, listEventsQuerySchema, nothing } from '#domain/requests';
import { reply, route } from '#functions/middleware';
import { listEvents } from '#store/events';
import { getJob } from '#store/jobs';

/** `GET /jobs/{jobId}/events`: who did what to the job, oldest first. */
export const handler = route(
  'list-events',
  { path: jobPathSchema, query: listEventsQuerySchema, body: nothing },
  async ({ path, query }) => {
    const job = await getJob(path.jobId);
    const { events, ...rest } = await listEvents(job.jobId, { after: query.cursor, limit: query.limit });
    return reply(200, { items: events, ...rest });
  },
);
