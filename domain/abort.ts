import { z } from 'zod';
import { serverSchema } from './server.ts';
import { ABORT_STATUSES } from './statuses.ts';

/** A task that an abort is to stop, by the claim that runs it: a later run of the same task is not meant. */
export const abortedTaskSchema = z.object({
  jobId: z.string(),
  taskId: z.string(),
  shardId: z.string(),
  serverId: z.string(),
  claimId: z.string(),
  /** Written when the abort has come to its end. */
  outcome: z.string().optional(),
});
export type AbortedTask = z.infer<typeof abortedTaskSchema>;

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

/** The record of an abort. */
export const abortSchema = z.object({
  abortId: z.string(),
  jobId: z.string(),
  mode: z.enum(['task', 'server']),
  status: z.enum(ABORT_STATUSES),
  requestedBy: z.string(),
  reason: z.string(),
  requestedAt: z.string(),
  endedAt: z.string().optional(),
  drainSeconds: z.number(),
  drainDeadline: z.string().optional(),
  executionArn: z.string().optional(),
  /** The servers that are restarted; empty for a task abort. */
  serverIds: z.array(z.string()),
  /** Written when the abort has come to its end; before that, the servers' own records tell. */
  restarts: z.array(restartSchema).optional(),
  withdraw: z.object({ by: z.string(), at: z.string(), reason: z.string().optional() }).optional(),
  tasks: z.array(abortedTaskSchema),
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
