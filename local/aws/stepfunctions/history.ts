import { z } from 'zod';

export const historyEventSchema = z.object({
  id: z.number(),
  previousEventId: z.number(),
  /** Epoch milliseconds. */
  timestamp: z.number(),
  type: z.string(),
  details: z.record(z.string(), z.unknown()).optional(),
});
/** An entry of an execution's history, with the service's own event types and names of details. */
export type HistoryEvent = z.infer<typeof historyEventSchema>;
/** An event before its execution numbers and dates it. */
export type EventDraft = Omit<HistoryEvent, 'id' | 'timestamp'>;

/** The event as GetExecutionHistory shows it. */
export function eventOnWire(event: HistoryEvent): Record<string, unknown> {
  const { details, timestamp, ...rest } = event;
  return { ...rest, timestamp: timestamp / 1000, ...(details ? { [detailsField(event.type)]: details } : {}) };
}

/** Data of an event as JSON text, with the marker that none of it was cut off. */
export function eventData(field: 'input' | 'output', value: unknown): Record<string, unknown> {
  return { [field]: JSON.stringify(value), [`${field}Details`]: { truncated: false } };
}

function detailsField(type: string): string {
  if (type.endsWith('StateEntered')) return 'stateEnteredEventDetails';
  if (type.endsWith('StateExited')) return 'stateExitedEventDetails';
  return `${type.charAt(0).toLowerCase()}${type.slice(1)}EventDetails`;
}
