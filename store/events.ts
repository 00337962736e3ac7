/** Events: every act that changes something, kept with its job. */
import { z } from 'zod';
import { eventIdOf, eventsOfJob, type JobEvent } from '#domain/events';
import type { Job } from '#domain/jobs/job';
import { guardedWrite } from '#store/dynamodb/guarded-write';
import { queryAll, queryPage } from '#store/dynamodb/read';
import { expiryOf } from './expiry.ts';

const eventSchema = z.looseObject({ at: z.string(), type: z.string() });
type ShownEvent = z.infer<typeof eventSchema>;

/** Keeps an event of a job. The first one of its id stays: an event that is told twice is kept once. 1 WCU. */
export async function putEvent(jobId: string, event: JobEvent): Promise<void> {
  const eventId = eventIdOf(event);
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
 * A page of the job's story, oldest first: the events that are kept, and those that only its record proves so far. `cursor` is the id after which
 * the next page starts; there is one also when DynamoDB ends its page at 1 MB, so that no page is too large for a reply.
 */
export async function listEvents(
  job: Job,
  page: { after?: string | undefined; limit: number },
): Promise<{ events: ShownEvent[]; cursor?: string }> {
  const { jobId } = job;
  const reply = await queryPage({
    table: 'events',
    partition: ['jobId', jobId],
    limit: page.limit,
    consistent: true,
    after: page.after === undefined ? undefined : { jobId, eventId: page.after },
  });
  const cursor = reply.next && idSchema.parse(reply.next).eventId;
  const kept = new Map(reply.items.map((item) => [idSchema.parse(item).eventId, toEvent(item)]));
  for (const event of eventsOfJob(job)) {
    const eventId = eventIdOf(event);
    const isOfPage = eventId > (page.after ?? '') && eventId <= (cursor ?? '~');
    if (isOfPage && !kept.has(eventId)) kept.set(eventId, event);
  }
  const events = [...kept].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, event]) => event);
  return { events, ...(cursor === undefined ? {} : { cursor }) };
}

const idSchema = z.object({ eventId: z.string() });

/** Who, when, why come first: DynamoDB keeps no order of attributes. */
function toEvent(item: unknown): ShownEvent {
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
