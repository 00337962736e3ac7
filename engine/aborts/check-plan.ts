/** Whether a confirmed plan still holds: an abort that would do more harm than what was confirmed is refused. */
import { addsHarm, harmsOf, type Plan } from '#domain/aborts/plan';
import { Refusal } from '#domain/errors';
import type { Job } from '#domain/jobs/job';
import { findPlan, rememberPlan } from '#store/plans';
import { type Planned, planNow } from './plan-abort.ts';

/**
 * The plan of the job's abort as of now, and the harms of the plan that the caller has read.
 * @throws Refusal like `planNow`; PlanChanged, with the plan as it is now, if it would do more harm or no plan with
 * this id is known; a plan with less harm goes ahead
 */
export async function checkPlan(job: Job, planId: string): Promise<{ planned: Planned; confirmed: readonly string[] }> {
  const read = await findPlan(job.jobId, planId);
  const planned = await planNow(job, { only: read?.serverIds });
  if (!read) return refuseChanged(planned.plan, 'No plan with this id was read recently');
  if (addsHarm(read.harms, harmsOf(planned.plan))) return refuseChanged(planned.plan);
  return { planned, confirmed: read.harms };
}

/**
 * Refuses with the plan as it is now, which the caller can confirm next.
 * @throws Refusal PlanChanged, always
 */
export async function refuseChanged(
  plan: Plan,
  why = 'The abort would now do more than the plan that was confirmed',
): Promise<never> {
  await rememberPlan(plan);
  throw new Refusal('PlanChanged', `${why}; read this plan and confirm it.`, { plan });
}
