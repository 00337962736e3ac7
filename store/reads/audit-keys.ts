/** The keys of the audit, from an index by month; where a page of them begins and ends. */
import * as z from 'zod';
import { Refusal } from '#domain/errors';
import { parseRecord } from '#store/dynamodb/parse-record';
import { queryPage } from '#store/dynamodb/read';
import { monthOf } from '#store/events';
import { oldestKept } from '#store/expiry';

/** How many index entries, and how many months, one request reads; the next page continues there. */
const MAX_KEYS_LOOKED_AT = 5_000;
const MAX_MONTHS_LOOKED_AT = 36;
const KEYS_PER_PAGE = 500;

/** What a page of the audit is to show. */
export type Asked = {
  /** Of several values one must fit. */
  readonly types?: readonly string[] | undefined;
  readonly by?: readonly string[] | undefined;
  /** Both ends included. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly order: 'newest' | 'oldest';
  readonly cursor?: string | undefined;
  readonly limit: number;
};
const entrySchema = z.object({
  month: z.string(),
  eventId: z.string(),
  jobId: z.string(),
  type: z.string(),
  by: z.string().optional(),
});
/** The key of an event in the index. */
export type Key = Pick<z.infer<typeof entrySchema>, 'month' | 'eventId' | 'jobId'>;
/** A place in the list: the begin of a month, or after an event. */
type Place = { readonly month: string; readonly after?: Key | undefined };

/** The keys of a page. Without a place it begins or ends where the list does; `looked` as in `listAudit`. */
export type KeysOfPage = {
  readonly keys: readonly Key[];
  readonly start?: Place | undefined;
  readonly end?: Place;
  readonly looked?: number;
};

/**
 * The keys of the events that fit. 0.5 RCU for each 15 entries (at most 5,000) and for each month.
 * @throws Refusal InvalidRequest for a cursor that no list has returned
 * @throws MalformedRecord
 */
export async function keysOfPage(asked: Asked): Promise<KeysOfPage> {
  const keys: Key[] = [];
  const months = monthsOf(asked);
  const start = placeOf(asked, months);
  let place = start ?? startOf(months[0]);
  let looked = 0;
  for (let reads = 0; place; reads += 1) {
    if (looked >= MAX_KEYS_LOOKED_AT || reads >= MAX_MONTHS_LOOKED_AT) return { keys, start, end: place, looked };
    const { entries, more } = await entriesAfter(place, asked);
    looked += entries.length;
    for (const entry of entries) {
      if (fits(entry, asked)) keys.push(entry);
      if (keys.length === asked.limit) return { keys, start, end: { month: entry.month, after: entry } };
    }
    place = more ? { month: place.month, after: entries.at(-1) } : startOf(months[months.indexOf(place.month) + 1]);
  }
  return { keys, start };
}

type Seen = { readonly eventId: string; readonly type: string; readonly by?: string | undefined };

/** Whether an event that the index may not have yet belongs on this page. */
export function isOfPage(event: Seen, { start, end }: KeysOfPage, asked: Asked): boolean {
  const [from, to] = boundsOf(asked);
  const isInTime = event.eventId >= from && event.eventId <= to;
  const isInPlace = (!start || isBehind(event, start, asked)) && !(end && isBehind(event, end, asked));
  return isInTime && isInPlace && fits(event, asked);
}

/** Whether the event comes after this place in the list. */
function isBehind({ eventId }: Seen, { month, after }: Place, { order }: Asked): boolean {
  return order === 'newest' ? eventId < (after?.eventId ?? `${month}~`) : eventId > (after?.eventId ?? month);
}

/** The months of the list in its order; each is a partition of the index. */
function monthsOf({ since = oldestKept(), until, order }: Asked): string[] {
  const now = new Date().toISOString();
  const last = monthOf(until !== undefined && until < now ? until : now);
  const months: string[] = [];
  const day = new Date(`${monthOf(since > oldestKept() ? since : oldestKept())}-01T00:00:00.000Z`);
  for (; monthOf(day.toISOString()) <= last; day.setUTCMonth(day.getUTCMonth() + 1))
    months.push(monthOf(day.toISOString()));
  return order === 'newest' ? months.reverse() : months;
}

/** The first and the last possible key of an event. */
function boundsOf({ since = ' ', until }: Asked): [from: string, to: string] {
  return [since, until === undefined ? '~' : `${until}~`];
}

async function entriesAfter({ month, after }: Place, asked: Asked) {
  const [from, to] = boundsOf(asked);
  const { items, next } = await queryPage({
    table: 'events',
    index: 'byMonth',
    partition: ['month', month],
    from: ['eventId', from],
    to: ['eventId', to],
    newestFirst: asked.order === 'newest',
    limit: KEYS_PER_PAGE,
    after: after && { month, eventId: after.eventId, jobId: after.jobId },
  });
  return { entries: items.map((item) => parseRecord(entrySchema, 'events', item)), more: next !== undefined };
}

function fits({ type, by }: Pick<Seen, 'type' | 'by'>, asked: Asked): boolean {
  return (
    (asked.types?.includes(type) ?? true) && (asked.by === undefined || (by !== undefined && asked.by.includes(by)))
  );
}

function startOf(month: string | undefined): Place | undefined {
  return month === undefined ? undefined : { month };
}

/** The place as a cursor. */
export function cursorOf({ month, after }: Place): string {
  return Buffer.from(`${month} ${after?.eventId ?? ''} ${after?.jobId ?? ''}`).toString('base64url');
}

/** DynamoDB refuses to begin at a key that is outside of the list. */
function placeOf(asked: Asked, months: readonly string[]): Place | undefined {
  if (asked.cursor === undefined) return undefined;
  const text = Buffer.from(asked.cursor, 'base64url').toString();
  const [, month = '', eventId = '', jobId] = /^(\d{4}-\d\d) (?:([\w:.#-]+) ([\w-]+)| )$/.exec(text) ?? [];
  const [from, to] = boundsOf(asked);
  const isInList = jobId === undefined || (eventId >= from && eventId <= to);
  if (!months.includes(month) || !isInList)
    throw new Refusal('InvalidRequest', 'query.cursor: use the cursor of a page unchanged, with the same query');
  return { month, after: jobId === undefined ? undefined : { month, eventId, jobId } };
}
