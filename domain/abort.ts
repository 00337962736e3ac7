import { z } from 'zod';
import { ABORT_STATUSES } from './statuses.ts';

export const timelineEntrySchema = z.looseObject({ at: z.string(), type: z.string() });
export type TimelineEntry = z.infer<typeof timelineEntrySchema>;

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
  tasks: z.array(abortedTaskSchema),
  timeline: z.array(timelineEntrySchema),
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
