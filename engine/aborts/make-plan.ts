import { createHash } from 'node:crypto';
import { computePlan } from '#domain/aborts/compute-plan';
import { type AbortMode, type BystanderFate, harmsOf, type Plan, planSchema } from '#domain/aborts/plan';
import type { Job } from '#domain/jobs/job';
import type { HeldTask } from '#domain/tasks/task';
import { readForPlan } from '#store/fleet/plan-holdings';
import { readRunTimes } from '#store/run-times';

const PLAN_ID_CHARACTERS = 32;

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
