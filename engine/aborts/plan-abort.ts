/** What must hold before an abort is planned or done. */

import { type AbortMode, addsHarm, harmsOf, type Plan } from '#domain/aborts/plan';
import { Refusal, wrongStatus } from '#domain/errors';
import type { Job } from '#domain/jobs/job';
import { settings } from '#engine/settings';
import { getAbort } from '#store/aborts';
import { isEnabled } from '#store/features';
import { getJob } from '#store/jobs';
import { findPlan, makePlan, rememberPlan } from '#store/plans';
import { getServer } from '#store/servers';
import { heldTasks } from '#store/tasks';

export type Planned = { readonly job: Job } & Awaited<ReturnType<typeof makePlan>>;

/** What is given is not decided anew: the mode, else the feature switch says it; the servers that the confirmed plan is about. */
type Given = { readonly mode?: AbortMode; readonly only?: readonly string[] | undefined };

/**
 * The plan of the job's abort as of now.
 * @throws Refusal NotFound, WrongStatus unless the job is Cancelling, NothingToAbort when no task of it runs
 */
export async function planFor(jobId: string, given: Given = {}): Promise<Planned> {
  return planForJob(await getJob(jobId), given);
}

/** The same for a job that was just read: what is done with the plan is guarded by what was seen of the job then. */
async function planForJob(job: Job, { mode: known, only }: Given = {}): Promise<Planned> {
  const { jobId } = job;
  if (job.status !== 'Cancelling') throw wrongStatus('job', 'aborted', job.status);
  const mode = known ?? ((await isEnabled('EnhancedBatchAbort')) ? 'server' : 'task');
  const planned = await makePlan(job, { mode, drainSeconds: settings().drainSeconds, only });
  if (planned.plan.tasks.length === 0) {
    throw new Refusal('NothingToAbort', 'No task of this job is running any more: it ends by itself.', {
      jobId,
      currentStatus: job.status,
    });
  }
  return { job, ...planned };
}

/**
 * The plan of the job's abort as of now, and what the plan that the caller has read would have harmed.
 * @throws Refusal like `planFor`; PlanChanged, with the plan as it is now, when doing it would harm more; less goes ahead
 */
export async function checkConfirmed(
  job: Job,
  planId: string,
): Promise<{ planned: Planned; confirmed: readonly string[] }> {
  const read = await findPlan(job.jobId, planId);
  const planned = await planForJob(job, { only: read?.serverIds });
  if (!read) return refuseChanged(planned.plan, 'No such plan was read lately');
  if (addsHarm(read.harms, harmsOf(planned.plan))) return refuseChanged(planned.plan);
  return { planned, confirmed: read.harms };
}

/** Refuses with the plan as it is now, which can be confirmed next. */
export async function refuseChanged(
  plan: Plan,
  why = 'The abort would now do more than the plan that was confirmed',
): Promise<never> {
  await rememberPlan(plan);
  throw new Refusal('PlanChanged', `${why}; read this plan and confirm it.`, { plan });
}

/**
 * Looks once more at what a server runs before it is stopped at its deadline. The index that tells what a server holds may lag behind by
 * seconds, so that the comparison at the start of the drain can have missed a task; at its end, the index has long caught up.
 * @throws Refusal PlanChanged when the server runs a task of another job that the abort does not know
 */
export async function checkBystanders(abortId: string, serverId: string): Promise<void> {
  const held = await heldTasks(serverId);
  // Read afterwards: while it drains it claims nothing, so that what it held was there when the drain began.
  const { status, drainAborts } = await getServer(serverId);
  if (status !== 'Draining' || !drainAborts?.has(abortId)) return;
  const { jobId, bystanders } = await getAbort(abortId);
  const known = new Set(bystanders.map(({ claimId }) => claimId));
  const unknown = held.filter((task) => task.jobId !== jobId && !known.has(task.claimId ?? ''));
  if (unknown.length === 0) return;
  const named = unknown.map((task) => `"${task.taskId}" of job ${task.jobId}`).join(', ');
  throw new Refusal(
    'PlanChanged',
    `Server ${serverId} also runs ${named}, of which the confirmed plan did not tell; read the plan again and confirm it.`,
  );
}
