/** Events: every act that changes something, kept with its job. */
import { z } from 'zod';
import { expiryOf } from './expiry.ts';
import { queryPage } from './read.ts';
import { guardedWrite } from './write.ts';

export const eventSchema = z.looseObject({ at: z.string(), type: z.string() });
export type JobEvent = z.infer<typeof eventSchema>;

/**
 * Keeps an event of a job. Its time, type and `key` name it, and the first one written stays: so an act that is completed after a
 * crash leaves one event, not two.
 */
export async function putEvent(jobId: string, event: JobEvent, key = ''): Promise<void> {
  const eventId = `${event.at}#${event.type}#${key}`;
  const expiresAt = expiryOf(event.at);
  await guardedWrite({
    table: 'events',
    key: { jobId, eventId },
    set: { ...event, expiresAt },
    when: [{ attribute: 'eventId', exists: false }],
  });
}

/** A page of a job's events, oldest first. `cursor` is the id after which the next page starts. */
export async function listEvents(
  jobId: string,
  page: { after?: string | undefined; limit: number },
): Promise<{ events: JobEvent[]; cursor?: string }> {
  const reply = await queryPage({
    table: 'events',
    partition: ['jobId', jobId],
    limit: page.limit,
    consistent: true,
    after: page.after === undefined ? undefined : { jobId, eventId: page.after },
  });
  const cursor = z.object({ eventId: z.string() }).safeParse(reply.next).data?.eventId;
  return { events: reply.items.map(toEvent), ...(cursor === undefined ? {} : { cursor }) };
}

/** Who, when, why come first: DynamoDB keeps no order of attributes. */
function toEvent(item: unknown): JobEvent {
  const {
    jobId: _jobId,
    eventId: _eventId,
    expiresAt: _expiresAt,
    lastWrite: _lastWrite,
    at,
    type,
    by,
    from,
    reason,
    ...facts
  } = eventSchema.parse(item);
  return { at, type, by, from, reason, ...facts };
}
