/** What passes between the server and the thread or process that runs a handler. Both ends parse what they get. */
import { z } from 'zod';
import { type Ending, failed, finished } from './ending.ts';

const tellReason = z.enum(['Cancelling', 'TimedOut', 'ServerStopping']);

/** From the server. The sequence number ties a message to one attempt: those of an earlier one no longer count. */
export const orderSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('run'),
    sequence: z.number(),
    jobId: z.string(),
    taskId: z.string(),
    attempt: z.number(),
    handler: z.string(),
    input: z.unknown().optional(),
  }),
  z.object({ type: z.literal('tell'), sequence: z.number(), reason: tellReason }),
]);
export type Order = z.infer<typeof orderSchema>;
export type RunOrder = Extract<Order, { type: 'run' }>;

const summarySchema = z.object({
  name: z.string(),
  isolation: z.enum(['thread', 'process']),
  command: z.array(z.string()).optional(),
});
/** What the server must know of a handler whose code it never loads itself. */
export type HandlerSummary = z.infer<typeof summarySchema>;

/** To the server. A result travels as JSON text. */
export const reportSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready'), handlers: z.array(summarySchema) }),
  z.object({
    type: z.literal('log'),
    sequence: z.number(),
    message: z.string(),
    fields: z.record(z.string(), z.unknown()).optional(),
  }),
  z.object({ type: z.literal('finished'), sequence: z.number(), resultJson: z.string() }),
  z.object({
    type: z.literal('failed'),
    sequence: z.number(),
    error: z.object({ name: z.string(), message: z.string(), stack: z.string().optional() }),
  }),
]);
export type Report = z.infer<typeof reportSchema>;
type EndReport = Extract<Report, { type: 'finished' | 'failed' }>;

/** The ending that a report tells of. */
export function endingOf(report: EndReport): Ending {
  if (report.type === 'finished') return finished(report.resultJson);
  return failed(report.error.name, report.error.message, report.error.stack);
}
