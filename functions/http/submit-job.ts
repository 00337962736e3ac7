import { idempotencyKeySchema } from '#domain/requests';
import { submitJob } from '#engine/jobs/submit-job';
import { checkSystemJob } from '#functions/middleware/authorize';
import { checked } from '#functions/middleware/parse';
import { authorOf, route } from '#functions/middleware/route';
import { jobView } from '#functions/views';

/** `POST /jobs`: accepts a job with its tasks, all or nothing. With an `Idempotency-Key` a repeat answers with the first job. */
export const handler = route('submit-job', async (call) => {
  checkSystemJob(call.body, call.caller, 'submit');
  const key = call.header('idempotency-key');
  const checkedKey = key === undefined ? undefined : checked(idempotencyKeySchema, key, 'header.Idempotency-Key');
  return jobView(await submitJob(call.body, authorOf(call), checkedKey));
});
