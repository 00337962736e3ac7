import { jobPathSchema, nothing } from '#domain/requests';
import { reply, route } from '#functions/middleware';
import { jobView } from '#functions/views';
import { getJob } from '#store/jobs';

/** `GET /jobs/{jobId}`: one job. */
export const handler = route('get-job', { path: jobPathSchema, query: nothing, body: nothing }, async ({ path }) =>
  reply(200, await jobView(await getJob(path.jobId))),
);
