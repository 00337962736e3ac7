import { describeJobFile } from '#functions/job-schema';
import { route } from '#functions/middleware/route';

/** `GET /job.schema.json`: the JSON Schema of a job file, for editors and checkers. */
export const handler = route('get-job-schema', async () => describeJobFile());
