import * as z from 'zod';
import { serverSchema } from '#domain/servers/server';
import { ABORT_STATUSES, isFinalTask } from '#domain/statuses';
import type { Task } from '#domain/tasks/task';
import { ABORT_MODES, BYSTANDER_FATES, type BystanderFate } from './plan.ts';

/** The record of a task that an abort stops. The claim names the one attempt that is stopped, not a later one. */
export const abortedTaskSchema = z.object({
  jobId: z.string(),
  taskId: z.string(),
  shardId: z.string(),
  serverId: z.string(),
  claimId: z.string(),
  /** The number of the attempt that the claim runs. Older records lack it. */
  attempt: z.number().optional(),
  /** Written when the abort ends. */
  outcome: z.string().optional(),
  endedAt: z.string().optional(),
});
/** A task that an abort stops. */
export type AbortedTask = z.infer<typeof abortedTaskSchema>;

/** The record of a task that an abort does not name but whose server it restarts, with its fate by the plan. */
export const bystanderSchema = abortedTaskSchema.extend({ attempt: z.number(), fate: z.enum(BYSTANDER_FATES) });
/** A task that an abort does not name but whose server it restarts. */
export type Bystander = z.infer<typeof bystanderSchema>;

/** The fields of a server's record that prove its restart, and that all it ran has stopped. */
export const restartSchema = serverSchema
  .pick({
    serverId: true,
    status: true,
    drainingAt: true,
    drainedAt: true,
    deadlineReached: true,
    stopRequestedAt: true,
    stoppedAt: true,
    exitCode: true,
    settledAt: true,
    replacedBy: true,
    replacedAt: true,
  })
  .extend({ withdrawnAt: z.string().optional() });
/** How far the restart of one server of an abort has come. */
export type Restart = z.infer<typeof restartSchema>;

/** Whether any of the servers was withdrawn from the abort before its stop was requested. */
export function isWithdrawn(restarts: readonly Restart[]): boolean {
  return restarts.some((restart) => restart.withdrawnAt !== undefined);
}

/** How and when an attempt that an abort names has ended; undefined while it runs. Later attempts do not count. */
export function endOfAttempt(
  run: AbortedTask,
  task: Task | undefined,
): (Pick<AbortedTask, 'endedAt'> & { outcome: string }) | undefined {
  if (!task) return { outcome: 'Expired' };
  if (task.claimId === run.claimId) return undefined;
  const ended = task.attempts.find((each) => each.attempt === run.attempt && each.serverId === run.serverId);
  if (ended?.outcome) return { outcome: ended.outcome, endedAt: ended.endedAt };
  // The claim was undone before the handler ran, or the record does not say which attempt it was.
  const isItsOwn = run.attempt === undefined ? isFinalTask(task.status) : task.status === 'NotRun';
  return isItsOwn ? { outcome: task.status, endedAt: task.endedAt } : { outcome: 'Superseded' };
}

/** The outcome of the bystander's attempt; undefined while it runs. */
export function bystanderOutcome(bystander: Bystander, task: Task | undefined): string | undefined {
  const outcome = endOfAttempt(bystander, task)?.outcome;
  return outcome === 'Interrupted' && task?.restartable ? 'Restarted' : outcome;
}

const withdrawSchema = z.object({
  by: z.string(),
  byName: z.string().optional(),
  from: z.string().optional(),
  at: z.string(),
  reason: z.string().optional(),
});

/** The record of an abort. */
export const abortSchema = z.object({
  abortId: z.string(),
  jobId: z.string(),
  /** The run of the job that it aborts. A requeue starts a later run, which this abort does not touch. */
  run: z.number(),
  mode: z.enum(ABORT_MODES),
  status: z.enum(ABORT_STATUSES),
  requestedBy: z.string(),
  requestedByName: z.string().optional(),
  requestedFrom: z.string().optional(),
  reason: z.string(),
  /** The plan that was confirmed. */
  planId: z.string().optional(),
  requestedAt: z.string(),
  endedAt: z.string().optional(),
  drainSeconds: z.number(),
  drainDeadline: z.string().optional(),
  executionArn: z.string().optional(),
  /** The servers that it restarts; empty for a task abort. */
  serverIds: z.array(z.string()),
  /** Written when the abort ends. Until then the servers' own records have it. */
  restarts: z.array(restartSchema).optional(),
  withdraw: withdrawSchema.optional(),
  /** The requests with a key that made and changed it, as `domain/jobs/idempotency.ts` reads them. */
  keptRequests: z.string().optional(),
  tasks: z.array(abortedTaskSchema),
  /** What else ran on its servers when they began to drain; empty for a task abort. */
  bystanders: z.array(bystanderSchema),
  failure: z.object({ step: z.string(), reason: z.string() }).optional(),
});
/** An abort: the request to stop a cancelled job's running tasks, task by task or by restarting their servers. */
export type Abort = z.infer<typeof abortSchema>;

/** The order that stops an attempt by force, as a server's record has it: `claimId#abortId`. */
export function stopOrder(task: AbortedTask, abortId: string): string {
  return `${task.claimId}#${abortId}`;
}

/** The claim and the abort that a stop order names. */
export function readStopOrder(order: string): { claimId: string; abortId: string } {
  const [claimId = '', abortId = ''] = order.split('#');
  return { claimId, abortId };
}

type Held = Pick<Task, 'jobId' | 'taskId' | 'shardId' | 'serverId' | 'claimId' | 'attempt'>;

/** The entry of an abort for a task that it stops. */
export function toAbortedTask(task: Held): AbortedTask {
  const { jobId, taskId, shardId, serverId = '', claimId = '', attempt } = task;
  return { jobId, taskId, shardId, serverId, claimId, attempt };
}

/** The entry of an abort for a bystander. */
export function toBystander(task: Held & { fate: BystanderFate }): Bystander {
  return { ...toAbortedTask(task), attempt: task.attempt, fate: task.fate };
}
