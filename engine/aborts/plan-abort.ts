/** The plan of an abort as of now. */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { computePlan } from '#domain/aborts/compute-plan';
import { type AbortMode, type BystanderFate, harmsOf, type Plan, planSchema } from '#domain/aborts/plan';
import { nothingToAbort, refuseVerb } from '#domain/actions/job-rules';
import type { Job } from '#domain/jobs/job';
import type { HeldTask } from '#domain/tasks/task';
import { settings } from '#engine/settings';
import { isEnabled } from '#store/features';
import { readForPlan } from '#store/fleet/read-for-plan';
import { getJob } from '#store/jobs';
import { rememberPlan } from '#store/plans';
import { readRunTimes } from '#store/run-times';

/** DynamoDB names no bound; an index is mostly behind by less than this. */
const INDEX_LAG_MS = 500;
const PLAN_ID_CHARACTERS = 32;

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

/**
 * The plan of the job's abort as of now. Its id is a hash of every single harm that it would do. The cost of
 * `readForPlan`, and 0.5 RCU for each handler of a task that it names.
 */
export async function makePlan(
  job: Job,
  how: { mode: AbortMode; drainSeconds: number; only?: readonly string[] | undefined },
): Promise<{ plan: Plan; tasks: HeldTask[]; bystanders: (HeldTask & { fate: BystanderFate })[] }> {
  const holdings = await readForPlan(job, how);
  const others = [...holdings.held.values()].flat().filter(({ jobId }) => jobId !== job.jobId);
  const runTimes = await readRunTimes(others.map((task) => task.handler));
  const plan = computePlan(job, { ...how, now: new Date().toISOString() }, { ...holdings, runTimes });
  const planId = createHash('sha256').update(harmsOf(plan).join('\n')).digest('hex').slice(0, PLAN_ID_CHARACTERS);
  return { plan: planSchema.parse({ planId, ...plan }), ...recordsOf(plan, [...holdings.held.values()].flat()) };
}

/**
 * What is known of the tasks that the plan names, on the servers that it names: a task that moved on between the reads
 * shows up on two servers.
 */
function recordsOf(plan: Omit<Plan, 'planId'>, held: readonly HeldTask[]) {
  const stopped = new Set(plan.tasks.map((task) => placeOf(plan.jobId, task)));
  const fates = new Map(
    plan.disruptedJobs.flatMap(({ jobId, tasks }) => tasks.map((task) => [placeOf(jobId, task), task.fate])),
  );
  return {
    tasks: held.filter((task) => stopped.has(placeOf(task.jobId, task))),
    bystanders: held.flatMap((task) => {
      const fate = fates.get(placeOf(task.jobId, task));
      return fate === undefined ? [] : [{ ...task, fate }];
    }),
  };
}

function placeOf(jobId: string, { taskId, serverId = '' }: { taskId: string; serverId?: string | undefined }): string {
  return `${serverId}/${jobId}/${taskId}`;
}
