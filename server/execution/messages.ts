/** The messages between the server and the thread or process that runs a handler. Both ends parse what they receive. */
import { z } from 'zod';
import { taskErrorSchema } from '#domain/tasks/task';
import type { Attempt } from './attempt.ts';
import { type Ending, failedWith, finished } from './ending.ts';

const tellReasonSchema = z.enum(['Cancelling', 'TimedOut', 'ServerStopping']);

/** From the server. The sequence number names the attempt: a message of an earlier attempt is ignored. */
export const orderSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('start'),
    sequence: z.number(),
    jobId: z.string(),
    taskId: z.string(),
    attempt: z.number(),
    handler: z.string(),
    input: z.unknown().optional(),
    /** Variables for the processes that the handler starts. */
    environment: z.record(z.string(), z.string()),
  }),
  z.object({ type: z.literal('tell'), sequence: z.number(), reason: tellReasonSchema }),
]);
export type Order = z.infer<typeof orderSchema>;
export type StartOrder = Extract<Order, { type: 'start' }>;

const summarySchema = z.object({
  name: z.string(),
  isolation: z.enum(['thread', 'process']),
  command: z.array(z.string()).optional(),
  cancelSignal: z.enum(['SIGTERM', 'SIGINT', 'SIGUSR1', 'SIGUSR2']).optional(),
  output: z.enum(['json', 'text']).optional(),
});
/** What the server knows of a handler. The server never loads the handler's code into its own thread. */
export type HandlerSummary = z.infer<typeof summarySchema>;

/** What the attempt has left behind, in words: nothing else may run where it ran. */
const leftSchema = z.array(z.string()).default([]);

/** To the server. A result is sent as JSON text. */
export const reportSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready'), handlers: z.array(summarySchema) }),
  z.object({ type: z.literal('refused'), message: z.string() }),
  /** The last thing before the handler runs: without it, nothing of the attempt has run. */
  z.object({ type: z.literal('started'), sequence: z.number() }),
  z.object({
    type: z.literal('log'),
    sequence: z.number(),
    message: z.string(),
    fields: z.record(z.string(), z.unknown()).optional(),
  }),
  z.object({ type: z.literal('finished'), sequence: z.number(), resultJson: z.string(), left: leftSchema }),
  z.object({ type: z.literal('failed'), sequence: z.number(), error: taskErrorSchema, left: leftSchema }),
]);
export type Report = z.infer<typeof reportSchema>;
export type EndReport = Extract<Report, { type: 'finished' | 'failed' }>;

/** The order to start an attempt. */
export function startOrder(
  { jobId, taskId, attempt, handler, input }: Attempt,
  more: { sequence: number; environment: Record<string, string> },
): StartOrder {
  return { type: 'start', jobId, taskId, attempt, handler, input, ...more };
}

/** The ending that the report describes. */
export function endingOf(report: EndReport): Ending {
  return report.type === 'finished' ? finished(report.resultJson) : failedWith(report.error);
}
