import { route } from '#functions/middleware/route';
import { jobView } from '#functions/views';
import { mapInParallel } from '#store/in-parallel';
import { listJobs } from '#store/reads/list-jobs';

const JOBS_AT_ONCE = 16;

/** `GET /jobs`: newest first, a page at a time. */
export const handler = route('list-jobs', async ({ query, caller }) => {
  const { jobs, ...rest } = await listJobs(query, query);
  const how = { consistent: false };
  return { items: await mapInParallel(jobs, JOBS_AT_ONCE, (job) => jobView(job, caller, how)), ...rest };
});
