import { holdJob } from '#engine/jobs/hold-job';
import { byCaller, ownJobRoute } from '#functions/middleware/route';
import { jobView } from '#functions/views';
import { putEvent } from '#store/events';

/** `POST /jobs/{jobId}/hold`: a waiting job is not started until it is released. */
export const handler = ownJobRoute('hold-job', async (call) => {
  const held = await holdJob(call.job.jobId);
  await putEvent(call.job.jobId, { at: new Date().toISOString(), type: 'JobHeld', ...byCaller(call) });
  return jobView(held);
});
