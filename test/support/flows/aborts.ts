/** What the flows of aborts share: the feature, the plan, its confirmation, the abort's end. */
import { expect } from '@jest/globals';
import { z } from 'zod';
import { isFinalAbort } from '#domain/statuses';
import type { Api, Call } from './client.ts';
import {
  abortSchema,
  cancelJob,
  expectReply,
  type Job,
  planSchema,
  readJob,
  readServers,
  readTasks,
  submitJob,
  type Task,
  untilRunning,
} from './records.ts';
import { eventually } from './system.ts';

/** How long an abort may take besides what it waits for, on a machine that does much else. */
export const ABORT_LIMIT_MS = 45_000;

export const serverPlanSchema = planSchema.extend({
  drainSeconds: z.number(),
  servers: z.array(z.object({ serverId: z.string(), executing: z.number(), cancelling: z.number() })),
  disruptedJobs: z.array(
    z.looseObject({
      jobId: z.string(),
      name: z.string(),
      createdBy: z.string(),
      tasks: z.array(
        z.looseObject({
          taskId: z.string(),
          serverId: z.string(),
          status: z.string(),
          fate: z.string(),
          startedAt: z.string(),
          likelyEndAt: z.string().optional(),
          endsWithinDrain: z.boolean().optional(),
        }),
      ),
    }),
  ),
  warnings: z.array(z.object({ type: z.string(), batchGroup: z.string() })),
});
export type ServerPlan = z.infer<typeof serverPlanSchema>;

export const serverAbortSchema = abortSchema.extend({
  jobId: z.string(),
  mode: z.enum(['task', 'server']),
  requestedAt: z.string(),
  endedAt: z.string().optional(),
  drainDeadline: z.string().optional(),
  executionArn: z.string().optional(),
  withdraw: z.object({ by: z.string(), at: z.string(), reason: z.string().optional() }).optional(),
  failure: z.object({ step: z.string(), reason: z.string() }).optional(),
  servers: z.array(
    z.looseObject({
      serverId: z.string(),
      status: z.string(),
      drainingAt: z.string().optional(),
      drainedAt: z.string().optional(),
      deadlineReached: z.boolean().optional(),
      stopRequestedAt: z.string().optional(),
      stoppedAt: z.string().optional(),
      exitCode: z.number().optional(),
      settledAt: z.string().optional(),
      replacedBy: z.string().optional(),
    }),
  ),
});
export type ServerAbort = z.infer<typeof serverAbortSchema>;

/** Switches on or off that aborts drain and restart servers. */
export async function switchFeature(client: Api, enabled: boolean): Promise<void> {
  await expectReply(client, ['PUT', '/features/EnhancedBatchAbort'], { body: { enabled }, schema: z.unknown() });
}

export async function isFeatureOn(client: Api): Promise<boolean> {
  const { items } = await expectReply(client, ['GET', '/features'], { schema: featuresSchema });
  return items.some(({ name, enabled }) => name === 'EnhancedBatchAbort' && enabled);
}

const featuresSchema = z.object({ items: z.array(z.object({ name: z.string(), enabled: z.boolean() })) });

export function readPlan(client: Api, jobId: string): Promise<ServerPlan> {
  return expectReply(client, ['GET', `/jobs/${jobId}/abort-plan`], { schema: serverPlanSchema });
}

/** Confirms the plan; the answer is the abort. */
export function confirmPlan(client: Api, plan: ServerPlan, reason = 'it does not end'): Promise<ServerAbort> {
  return expectReply(client, ['POST', `/jobs/${plan.jobId}/abort`], {
    body: { planId: plan.planId, reason },
    status: 202,
    schema: serverAbortSchema,
  });
}

/** Reads the plan of the job's abort and confirms it at once. */
export async function abortJob(client: Api, jobId: string): Promise<ServerAbort> {
  return confirmPlan(client, await readPlan(client, jobId));
}

export function readAbort(client: Api, abortId: string): Promise<ServerAbort> {
  return expectReply(client, ['GET', `/aborts/${abortId}`], { schema: serverAbortSchema });
}

/** The abort when it has ended. */
export function untilEnded(client: Api, abortId: string, limitMs = ABORT_LIMIT_MS): Promise<ServerAbort> {
  return eventually(
    async () => {
      const abort = await readAbort(client, abortId);
      if (isFinalAbort(abort.status)) return abort;
      throw new Error(`After ${limitMs} ms the abort is still ${JSON.stringify(abort)}`);
    },
    { limitMs },
  );
}

/** The abort when a new server has taken the place of each that it restarted. */
export function untilReplaced(client: Api, abortId: string): Promise<ServerAbort> {
  return eventually(
    async () => {
      const abort = await readAbort(client, abortId);
      if (abort.servers.every((server) => server.replacedBy !== undefined)) return abort;
      throw new Error(`Not replaced: ${JSON.stringify(abort.servers)}`);
    },
    { limitMs: ABORT_LIMIT_MS },
  );
}

/** Submits a job with one task and waits until its handler has started, not only its claim; the task. */
export async function runTask(client: Api, task: object, job: object = {}): Promise<Task> {
  const { jobId } = await submitJob(client, { ...job, tasks: [{ taskId: 'only', ...task }] });
  await eventually(async () => (await readJob(client, jobId)).status === 'Executing', { limitMs: 20_000 });
  return onlyTask(client, jobId);
}

/** A job with one task that runs and does not end, cancelled. */
export async function runCancelled(client: Api, task: object = { handler: 'block', input: { seconds: 600 } }) {
  const running = await runTask(client, task, { name: 'stuck' });
  await cancelJob(client, running.jobId);
  return running;
}

/** A job that is Cancelling while all of its tasks run. */
export async function cancelWhileRunning(client: Api, tasks: readonly object[], call: Call = {}): Promise<Job> {
  const { jobId } = await submitJob(client, { tasks }, call);
  await untilRunning(client, jobId, tasks.length);
  return cancelJob(client, jobId);
}

/** A task that burns a processor until it is stopped by force. */
export const spinOf = (taskId: string) => ({ taskId, handler: 'spin', input: { seconds: 600 } });

/** The one task of a job as it is now. */
export async function onlyTask(client: Api, jobId: string): Promise<Task> {
  const [task] = await readTasks(client, jobId);
  if (!task) throw new Error(`The job ${jobId} has no task.`);
  return task;
}

export async function activeServers(client: Api): Promise<string[]> {
  const servers = await readServers(client);
  return servers.filter(({ status }) => status === 'Active').map(({ serverId }) => serverId);
}

/** The events of a job, oldest first. */
export async function readEvents(client: Api, jobId: string): Promise<z.infer<typeof eventSchema>[]> {
  const schema = z.object({ items: z.array(eventSchema) });
  return (await expectReply(client, ['GET', `/jobs/${jobId}/events?limit=1000`], { schema })).items;
}

const eventSchema = z.looseObject({ at: z.string(), type: z.string() });

/**
 * Fails when the time from one recorded moment to another is not from 0 to the budget, and what a busy machine may add
 * to it.
 */
export function expectWithin(budgetMs: number, from: string | undefined, to: string | undefined): void {
  const tookMs = msBetween(from, to);
  const isInTime = tookMs >= 0 && tookMs < budgetMs + BUSY_MS;
  expect({ from, to, tookMs, isInTime }).toEqual({ from, to, tookMs, isInTime: true });
}

/** `npm run bench -- abort` measures against the budgets alone. Here other processes may use the processors. */
const BUSY_MS = 15_000;

/** The time from one recorded moment to another, in ms. */
export function msBetween(from: string | undefined, to: string | undefined): number {
  return Date.parse(to ?? '') - Date.parse(from ?? '');
}
