/** What must hold before an abort is planned or done. */
import { Refusal, wrongStatus } from '#domain/errors';
import type { Job } from '#domain/job';
import { type AbortMode, addsHarm, harmsOf, type Plan } from '#domain/plan';
import { isEnabled } from '#store/features';
import { getJob } from '#store/jobs';
import { confirmedHarms, makePlan, rememberPlan } from '#store/plans';
import { configuration } from './configuration.ts';

export type Planned = { readonly job: Job } & Awaited<ReturnType<typeof makePlan>>;

/**
 * The plan of the job's abort as of now, in the mode that the feature switch says unless one is given.
 * @throws Refusal NotFound, WrongStatus unless the job is Cancelling, NothingToAbort when no task of it runs
 */
export async function planFor(jobId: string, given?: AbortMode): Promise<Planned> {
  return planForJob(await getJob(jobId), given);
}

/** The same for a job that was just read: what is done with the plan is guarded by what was seen of the job then. */
export async function planForJob(job: Job, given?: AbortMode): Promise<Planned> {
  const { jobId } = job;
  if (job.status !== 'Cancelling') throw wrongStatus('job', 'aborted', job.status);
  const mode = given ?? ((await isEnabled('EnhancedBatchAbort')) ? 'server' : 'task');
  const planned = await makePlan(job, { mode, drainSeconds: configuration().drainSeconds });
  if (planned.plan.tasks.length === 0) {
    throw new Refusal('NothingToAbort', 'No task of this job is running any more: it ends by itself.', {
      jobId,
      currentStatus: job.status,
    });
  }
  return { job, ...planned };
}

/**
 * What the plan that the caller has read would harm.
 * @throws Refusal PlanChanged, with the plan as it is now, when doing it would harm more; less goes ahead
 */
export async function checkConfirmed(plan: Plan, planId: string): Promise<readonly string[]> {
  const confirmed = plan.planId === planId ? harmsOf(plan) : await confirmedHarms(plan.jobId, planId);
  if (!confirmed || addsHarm(confirmed, harmsOf(plan))) return refuseChanged(plan);
  return confirmed;
}

/** Refuses with the plan as it is now, which can be confirmed next. */
export async function refuseChanged(plan: Plan): Promise<never> {
  await rememberPlan(plan);
  throw new Refusal(
    'PlanChanged',
    'The abort would now do more than the plan that was confirmed; read this plan and confirm it.',
    { plan },
  );
}
