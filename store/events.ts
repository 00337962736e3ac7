/** Events: the record of every act that changes something, kept with its job or with the system. */
import * as z from 'zod';
import { eventIdOf, eventsOfJob, type Told } from '#domain/events';
import { isAudited } from '#domain/jobs/audit';
import type { Job } from '#domain/jobs/job';
import { guardedWrite, type Item } from '#store/dynamodb/guarded-write';
import { parseRecord } from '#store/dynamodb/parse-record';
import { queryAll, queryPage } from '#store/dynamodb/read';
import { expiryOf } from './expiry.ts';

const eventSchema = z.looseObject({ at: z.string(), type: z.string() });
/** An event as readers see it; each type has more facts of its own. */
export type ShownEvent = z.infer<typeof eventSchema>;

/**
 * Writes an event of a story. If it is written twice, it is kept once: the first one of its id stays. 1 WCU, 2 if an
 * audit shows it.
 */
export async function putEvent(jobId: string, event: Told['event']): Promise<void> {
  const eventId = eventIdOf(event);
  const expiresAt = expiryOf(event.at);
  await guardedWrite({
    table: 'events',
    key: { jobId, eventId },
    set: { ...event, expiresAt, ...(isAudited(event) ? { month: monthOf(event.at) } : {}) },
    when: [{ attribute: 'eventId', exists: false }],
  });
}

/** An event may expire this long before its job. */
const TOLERATED_SECONDS = 24 * 3600;
const keptSchema = z.object({ eventId: z.string(), expiresAt: z.number() });

/**
 * Keeps the events of an ended job about as long as its record: older events would expire earlier. Safe to repeat.
 * 0.5 RCU for each 4 KB of events, 1 WCU for each that would expire too early.
 * @throws MalformedRecord
 */
export async function keepEvents(jobId: string, expiresAt: number): Promise<void> {
  const items = await queryAll({ table: 'events', partition: ['jobId', jobId], only: ['eventId', 'expiresAt'] });
  const early = items
    .map((item) => parseRecord(keptSchema, 'events', { jobId, ...item }))
    .filter((event) => event.expiresAt < expiresAt - TOLERATED_SECONDS);
  for (const { eventId } of early) {
    const when = [{ attribute: 'eventId', exists: true }];
    await guardedWrite({ table: 'events', key: { jobId, eventId }, set: { expiresAt }, when });
  }
}

/**
 * A page of the job's story, oldest first: its events, and those that so far only its record proves. `cursor` is the id
 * after which the next page starts. It is also set if DynamoDB ends its page at 1 MB, so that a page fits in a reply.
 * 1 RCU for each 4 KB.
 * @throws MalformedRecord
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
  const cursor = reply.next && idOf(reply.next);
  const kept = new Map(reply.items.map((item) => [idOf(item), toEvent(item)]));
  for (const event of eventsOfJob(job)) {
    const eventId = eventIdOf(event);
    const isOfPage = eventId > (page.after ?? '') && eventId <= (cursor ?? '~');
    if (isOfPage && !kept.has(eventId)) kept.set(eventId, event);
  }
  const all = [...kept].sort(([a], [b]) => (a < b ? -1 : 1));
  const shown = all.slice(0, page.limit);
  const next = all.length > shown.length ? shown.at(-1)?.[0] : cursor;
  return { events: shown.map(([, event]) => event), ...(next === undefined ? {} : { cursor: next }) };
}

const idSchema = z.object({ eventId: z.string() });

function idOf(item: Item): string {
  return parseRecord(idSchema, 'events', item).eventId;
}

/** The partition of the audit. The API takes 200 requests a second: fewer writes than one partition takes. */
export function monthOf(at: string): string {
  return at.slice(0, 'YYYY-MM'.length);
}

/**
 * A record of the table as an event, with who, when and why first: DynamoDB keeps no order of attributes.
 * @throws MalformedRecord
 */
export function toEvent(item: Item): ShownEvent {
  const {
    jobId: _jobId,
    eventId: _eventId,
    expiresAt: _expiresAt,
    lastWrite: _lastWrite,
    month: _month,
    at,
    type,
    by,
    byName,
    from,
    reason,
    ...facts
  } = parseRecord(eventSchema, 'events', item);
  return { at, type, by, byName, from, reason, ...facts };
}
