import { listJobsQuerySchema, nothing } from '#domain/requests';
import { reply, route } from '#functions/middleware';
import { jobView } from '#functions/views';
import { listJobs } from '#store/job-list';

/** `GET /jobs`: newest first, a page at a time. */
export const handler = route(
  'list-jobs',
  { path: nothing, query: listJobsQuerySchema, body: nothing },
  async ({ query }) => {
    const { jobs, ...rest } = await listJobs(query, query);
    return reply(200, { items: await Promise.all(jobs.map(jobView)), ...rest });
  },
);
