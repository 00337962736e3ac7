import { z } from 'zod';

export const historyEventSchema = z.object({
  id: z.number(),
  previousEventId: z.number(),
  /** Epoch milliseconds. */
  timestamp: z.number(),
  type: z.string(),
  details: z.record(z.string(), z.unknown()).optional(),
});
/** An entry of an execution's history, with the event types and detail names of AWS. */
export type HistoryEvent = z.infer<typeof historyEventSchema>;
/** An event without the number and time, which its execution adds. */
export type EventDraft = Omit<HistoryEvent, 'id' | 'timestamp'>;

/** The event as GetExecutionHistory returns it. */
export function eventOnWire(event: HistoryEvent): Record<string, unknown> {
  const { details, timestamp, ...rest } = event;
  return { ...rest, timestamp: timestamp / 1000, ...(details ? { [detailsField(event.type)]: details } : {}) };
}

/** An event's data as JSON text, marked as not truncated. */
export function eventData(field: 'input' | 'output', value: unknown): Record<string, unknown> {
  return { [field]: JSON.stringify(value), [`${field}Details`]: { truncated: false } };
}

function detailsField(type: string): string {
  if (type.endsWith('StateEntered')) return 'stateEnteredEventDetails';
  if (type.endsWith('StateExited')) return 'stateExitedEventDetails';
  return `${type.charAt(0).toLowerCase()}${type.slice(1)}EventDetails`;
}
