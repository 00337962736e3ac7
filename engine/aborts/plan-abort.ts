/** The plan of an abort as of now. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { AbortMode, Plan } from '#domain/aborts/plan';
import { nothingToAbort, refuseVerb } from '#domain/actions/job-rules';
import type { Job } from '#domain/jobs/job';
import { settings } from '#engine/settings';
import { isEnabled } from '#store/features';
import { getJob } from '#store/jobs';
import { rememberPlan } from '#store/plans';
import { makePlan } from './make-plan.ts';

/** DynamoDB names no bound; an index is mostly behind by less than this. */
const INDEX_LAG_MS = 500;

/** A plan, the job as it was read for it, and the records of the tasks that the plan names. */
export type Planned = { readonly job: Job } & Awaited<ReturnType<typeof makePlan>>;

/** What is known already: the mode (otherwise the feature switch decides) and the servers of the confirmed plan. */
type Given = { readonly mode?: AbortMode; readonly only?: readonly string[] | undefined };

/**
 * Returns what an abort of the job would do now, and remembers this plan so that it can be confirmed by its id.
 * @throws Refusal NotFound; WrongStatus unless the job is Cancelling; NothingToAbort if no task of it runs
 */
export async function planAbort(jobId: string): Promise<Plan> {
  const { plan } = await planNow(await getJob(jobId));
  await rememberPlan(plan);
  return plan;
}

/**
 * The plan of the job's abort as of now. The job was just read, and that read guards what is done with the plan.
 * @throws Refusal WrongStatus, NothingToAbort like `planAbort`
 */
export async function planNow(job: Job, { mode: known, only }: Given = {}): Promise<Planned> {
  const refusal = refuseVerb('abort', job);
  if (refusal) throw refusal;
  const mode = known ?? ((await isEnabled('EnhancedBatchAbort')) ? 'server' : 'task');
  const how = { mode, drainSeconds: settings().drainSeconds, only };
  const first = await makePlan(job, how);
  const planned = first.plan.tasks.length > 0 ? first : await lookAgain(job, how);
  if (planned.plan.tasks.length === 0) throw nothingToAbort(job);
  return { job, ...planned };
}

/** The index of what servers hold may lag: a task that was just claimed is missing there. */
async function lookAgain(...of: Parameters<typeof makePlan>): ReturnType<typeof makePlan> {
  await sleep(INDEX_LAG_MS);
  return makePlan(...of);
}
