import { route } from '#functions/middleware/route';
import { jobView } from '#functions/views';
import { listJobs } from '#store/reads/list-jobs';

/** `GET /jobs`: newest first, a page at a time. */
export const handler = route('list-jobs', async ({ query }) => {
  const { jobs, ...rest } = await listJobs(query, query);
  return { items: await Promise.all(jobs.map(jobView)), ...rest };
});
