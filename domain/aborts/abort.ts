import { z } from 'zod';
import { serverSchema } from '#domain/servers/server';
import { ABORT_STATUSES, isFinalTask } from '#domain/statuses';
import type { Task } from '#domain/tasks/task';
import { ABORT_MODES, BYSTANDER_FATES, type BystanderFate } from './plan.ts';

/** A task that an abort is to stop, by the claim that runs it: a later run of the same task is not meant. */
export const abortedTaskSchema = z.object({
  jobId: z.string(),
  taskId: z.string(),
  shardId: z.string(),
  serverId: z.string(),
  claimId: z.string(),
  /** The number of the attempt that the claim runs; older records do not have it. */
  attempt: z.number().optional(),
  /** Written when the abort has come to its end. */
  outcome: z.string().optional(),
  endedAt: z.string().optional(),
});
export type AbortedTask = z.infer<typeof abortedTaskSchema>;

/** A task that an abort does not mean but whose server it restarts, by the claim that ran it, and what the plan said would become of it. */
export const bystanderSchema = abortedTaskSchema.extend({ attempt: z.number(), fate: z.enum(BYSTANDER_FATES) });
export type Bystander = z.infer<typeof bystanderSchema>;

/** What is known of a server that an abort restarts: the proof that what it ran has stopped. */
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
export type Restart = z.infer<typeof restartSchema>;

/** Whether a server was taken back from its abort before its stop was requested. */
export function isWithdrawn(restarts: readonly Restart[]): boolean {
  return restarts.some((restart) => restart.withdrawnAt !== undefined);
}

/** How a run that an abort names has ended, and when; undefined while it goes on. What the task has done since is not meant. */
export function endOfRun(
  run: AbortedTask,
  task: Task | undefined,
): (Pick<AbortedTask, 'endedAt'> & { outcome: string }) | undefined {
  if (!task) return { outcome: 'Expired' };
  if (task.claimId === run.claimId) return undefined;
  const ended = task.attempts.find((each) => each.attempt === run.attempt && each.serverId === run.serverId);
  if (ended?.outcome) return { outcome: ended.outcome, endedAt: ended.endedAt };
  // Given back before the handler ran; or the record does not say which attempt it was.
  const isItsOwn = run.attempt === undefined ? isFinalTask(task.status) : task.status === 'NotRun';
  return isItsOwn ? { outcome: task.status, endedAt: task.endedAt } : { outcome: 'Superseded' };
}

/** What became of the bystander's run; undefined while it goes on. */
export function bystanderOutcome(bystander: Bystander, task: Task | undefined): string | undefined {
  const outcome = endOfRun(bystander, task)?.outcome;
  return outcome === 'Interrupted' && task?.restartable ? 'Restarted' : outcome;
}

/** Who withdraws an abort, from where, when and why. */
const withdrawSchema = z.object({
  by: z.string(),
  from: z.string().optional(),
  at: z.string(),
  reason: z.string().optional(),
});

/** The record of an abort. */
export const abortSchema = z.object({
  abortId: z.string(),
  jobId: z.string(),
  /** The run of the job that it aborts: a later one has forgotten it. */
  run: z.number(),
  mode: z.enum(ABORT_MODES),
  status: z.enum(ABORT_STATUSES),
  requestedBy: z.string(),
  requestedFrom: z.string().optional(),
  reason: z.string(),
  /** The plan that was confirmed. */
  planId: z.string().optional(),
  requestedAt: z.string(),
  endedAt: z.string().optional(),
  drainSeconds: z.number(),
  drainDeadline: z.string().optional(),
  executionArn: z.string().optional(),
  /** The servers that are restarted; empty for a task abort. */
  serverIds: z.array(z.string()),
  /** Written when the abort has come to its end; before that, the servers' own records tell. */
  restarts: z.array(restartSchema).optional(),
  withdraw: withdrawSchema.optional(),
  tasks: z.array(abortedTaskSchema),
  /** Those that ran on its servers when these had begun to drain; none for a task abort. */
  bystanders: z.array(bystanderSchema),
  failure: z.object({ step: z.string(), reason: z.string() }).optional(),
});
export type Abort = z.infer<typeof abortSchema>;

/** The order that stops a run by force, as it stands in a server's record. */
export function stopOrder(task: AbortedTask, abortId: string): string {
  return `${task.claimId}#${abortId}`;
}

/** The claim and the abort that a stop order names. */
export function readStopOrder(order: string): { claimId: string; abortId: string } {
  const [claimId = '', abortId = ''] = order.split('#');
  return { claimId, abortId };
}

/** The aborted task that a held one becomes. */
export function toAbortedTask(task: Task): AbortedTask {
  const { jobId, taskId, shardId, serverId = '', claimId = '', attempt } = task;
  return { jobId, taskId, shardId, serverId, claimId, attempt };
}

/** The bystander of an abort that a held task becomes. */
export function toBystander(task: Task & { fate: BystanderFate }): Bystander {
  return { ...toAbortedTask(task), attempt: task.attempt, fate: task.fate };
}
