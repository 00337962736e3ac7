import { planFor } from '#engine/aborts/plan-abort';
import { route } from '#functions/middleware/route';
import { rememberPlan } from '#store/plans';

/** `GET /jobs/{jobId}/abort-plan`: what an abort of the job would do now. Confirm it by its `planId`. */
export const handler = route('plan-abort', async ({ path }) => {
  const { plan } = await planFor(path.jobId);
  await rememberPlan(plan);
  return plan;
});
