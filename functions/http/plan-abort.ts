import { jobPathSchema, nothing } from '#domain/requests';
import { planFor } from '#functions/abort-rules';
import { reply, route } from '#functions/middleware';
import { rememberPlan } from '#store/plans';

/** `GET /jobs/{jobId}/abort-plan`: what an abort of the job would do now. Confirm it by its `planId`. */
export const handler = route('plan-abort', { path: jobPathSchema, query: nothing, body: nothing }, async ({ path }) => {
  const { plan } = await planFor(path.jobId);
  await rememberPlan(plan);
  return reply(200, plan);
});
