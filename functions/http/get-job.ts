import { route } from '#functions/middleware/route';
import { jobView } from '#functions/views';
import { getJob } from '#store/jobs';

/** `GET /jobs/{jobId}`: one job. */
export const handler = route('get-job', async ({ path, caller }) => jobView(await getJob(path.jobId), caller));
