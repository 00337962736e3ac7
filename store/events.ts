/** Events: every act that changes something, kept with its job. */
import { z } from 'zod';
import { guardedWrite } from '#store/dynamodb/guarded-write';
import { queryAll, queryPage } from '#store/dynamodb/read';
import { expiryOf } from './expiry.ts';

const eventSchema = z.looseObject({ at: z.string(), type: z.string() });
type JobEvent = z.infer<typeof eventSchema>;
/** A page of a job's events. */
export type EventPage = { readonly events: readonly JobEvent[]; readonly cursor?: string };

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

/** An event may go so much before its job. */
const TOLERATED_SECONDS = 24 * 3600;
const keptSchema = z.object({ eventId: z.string(), expiresAt: z.number() });

/**
 * Keeps the events of a job that has ended about as long as its record: an event that was written long before would go earlier. 0.5 RCU for each
 * 4 KB of them, 1 WCU for each that is too old. Repeating it changes nothing.
 */
export async function keepEvents(jobId: string, expiresAt: number): Promise<void> {
  const items = await queryAll({ table: 'events', partition: ['jobId', jobId], only: ['eventId', 'expiresAt'] });
  const early = items
    .map((item) => keptSchema.parse(item))
    .filter((event) => event.expiresAt < expiresAt - TOLERATED_SECONDS);
  for (const { eventId } of early) {
    const when = [{ attribute: 'eventId', exists: true }];
    await guardedWrite({ table: 'events', key: { jobId, eventId }, set: { expiresAt }, when });
  }
}

/**
 * A page of a job's events, oldest first; they are there as long as the job is. `cursor` is the id after which the next page starts; there is
 * one also when DynamoDB ends its page at 1 MB, so that no page is too large for a reply.
 */
export async function listEvents(
  jobId: string,
  page: { after?: string | undefined; limit: number },
): Promise<EventPage> {
  const reply = await queryPage({
    table: 'events',
    partition: ['jobId', jobId],
    limit: page.limit,
    consistent: true,
    after: page.after === undefined ? undefined : { jobId, eventId: page.after },
  });
  const cursor = z.object({ eventId: z.string() }).safeParse(reply.next).data?.eventId;
  return {
    events: reply.items.map(toEvent),
    ...(cursor === undefined ? {} : { cursor }),
  };
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
