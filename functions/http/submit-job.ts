import { refuseSystemJob } from '#domain/actions/access';
import { submitJob } from '#engine/jobs/submit-job';
import { dryRunJob } from '#engine/submissions/dry-run-job';
import { authorOf, route } from '#functions/middleware/route';
import { jobView } from '#functions/views';
import { wakeFor } from '#functions/wake';

/**
 * `POST /jobs`: accepts a job with all its tasks. With an `Idempotency-Key`, a repeat returns the first job. With
 * `dryRun=true` nothing is kept, the key neither.
 */
export const handler = route('submit-job', async (call) => {
  const refusal = refuseSystemJob(call.body, 'submit', call.caller);
  if (refusal) throw refusal;
  if (call.query.dryRun) return dryRunJob(call.body, authorOf(call));
  const job = await submitJob(call.body, authorOf(call));
  await wakeFor(job);
  return jobView(job, call.caller);
});
