/** Plans: computed from what the servers hold, and remembered for a day, to be compared with when one is confirmed. */
import { createHash } from 'node:crypto';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { type AbortMode, type BystanderFate, harmsOf, type Plan, planSchema } from '#domain/aborts/plan';
import { planAbort } from '#domain/aborts/planning';
import type { Job } from '#domain/jobs/job';
import type { Task } from '#domain/tasks/task';
import { documents, tableName } from '#store/dynamodb/client';
import { parseRecord } from '#store/dynamodb/parse-record';
import { readItem } from '#store/dynamodb/read';
import { readHoldings } from '#store/reads/holdings';
import { isExpired } from './expiry.ts';
import { readRunTimes } from './run-times.ts';

const PLAN_ID_CHARACTERS = 32;
/** A plan that was not confirmed for this long is forgotten; confirming it then returns a new one. */
const PLAN_KEPT_SECONDS = 24 * 3600;

/** The plan of the job's abort as of now. Its id is a hash of every single harm that it would do. */
export async function makePlan(
  job: Job,
  how: { mode: AbortMode; drainSeconds: number; only?: readonly string[] | undefined },
): Promise<{ plan: Plan; tasks: Task[]; bystanders: (Task & { fate: BystanderFate })[] }> {
  const holdings = await readHoldings();
  const runTimes = await readRunTimes([...holdings.held.values()].flat().map((task) => task.handler));
  const plan = planAbort(job, { ...how, now: new Date().toISOString() }, { ...holdings, runTimes });
  const planId = createHash('sha256').update(harmsOf(plan).join('\n')).digest('hex').slice(0, PLAN_ID_CHARACTERS);
  return { plan: planSchema.parse({ planId, ...plan }), ...recordsOf(plan, [...holdings.held.values()].flat()) };
}

/** Remembers the harms of the plan. Safe to repeat. 1 WCU for each KB of them. */
export async function rememberPlan(plan: Plan): Promise<void> {
  const expiresAt = Math.ceil(Date.now() / 1000) + PLAN_KEPT_SECONDS;
  await documents().send(
    new PutCommand({
      TableName: tableName('plans'),
      Item: { jobId: plan.jobId, planId: plan.planId, harms: harmsOf(plan), serverIds: serversOf(plan), expiresAt },
    }),
  );
}

/**
 * What is remembered of the plan with this id; undefined if it was not read in the last day. 1 RCU for each 4 KB.
 * @throws MalformedRecord
 */
export async function findPlan(jobId: string, planId: string): Promise<RememberedPlan | undefined> {
  const item = await readItem('plans', { jobId, planId });
  return item && !isExpired(item) ? parseRecord(rememberedSchema, 'plans', item) : undefined;
}

/** The servers on which the plan stops tasks; a task abort does not restart them. */
function serversOf(plan: Plan): string[] {
  return [...new Set(plan.tasks.map((task) => task.serverId))];
}

/** The records of the tasks that the plan names, where it names them: one that has moved on since is held by two servers as they were read. */
function recordsOf(plan: Omit<Plan, 'planId'>, held: readonly Task[]) {
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

const rememberedSchema = z.object({ harms: z.array(z.string()), serverIds: z.array(z.string()) });
type RememberedPlan = z.infer<typeof rememberedSchema>;
