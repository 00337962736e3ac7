/** The audit: what people did in the whole system, and how aborts ended, by time. */
import * as z from 'zod';
import { Refusal } from '#domain/errors';
import { parseRecord } from '#store/dynamodb/parse-record';
import { queryPage, readItems } from '#store/dynamodb/read';
import { monthOf, toEvent } from '#store/events';
import { isExpired, oldestKept } from '#store/expiry';

/** How many index entries, and how many months, one request reads; the next page continues there. */
const MAX_KEYS_LOOKED_AT = 5_000;
const MAX_MONTHS_LOOKED_AT = 36;
const KEYS_PER_PAGE = 500;

type Asked = {
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
type Key = Pick<z.infer<typeof entrySchema>, 'month' | 'eventId' | 'jobId'>;
type Place = { readonly month: string; readonly after?: Key | undefined };

/**
 * A page of the audit; may lag a moment behind. `cursor` is set if there may be more, and `looked` if a search was cut
 * off: after how many entries. 0.5 RCU for each 15 entries (at most 5,000) and for each month, 1 for each 4 KB of an
 * event.
 * @throws Refusal InvalidRequest for a cursor that no list has returned
 * @throws MalformedRecord
 */
export async function listAudit(asked: Asked) {
  const { keys, ...rest } = await fittingKeys(asked);
  const found = await readItems(keys.map(({ jobId, eventId }) => ({ table: 'events', key: { jobId, eventId } })));
  const items = new Map(found.map(({ item }) => [`${item.jobId} ${item.eventId}`, item]));
  const events = keys.flatMap(({ jobId, eventId }) => {
    const item = items.get(`${jobId} ${eventId}`);
    return item && !isExpired(item) ? [{ ...toEvent(item), jobId }] : [];
  });
  return { events, ...rest };
}

async function fittingKeys(asked: Asked): Promise<{ keys: Key[]; cursor?: string; looked?: number }> {
  const keys: Key[] = [];
  const months = monthsOf(asked);
  let place = asked.cursor === undefined ? startOf(months[0]) : placeOf(asked.cursor, months, asked);
  let looked = 0;
  for (let reads = 0; place; reads += 1) {
    if (looked >= MAX_KEYS_LOOKED_AT || reads >= MAX_MONTHS_LOOKED_AT) return { keys, cursor: cursorOf(place), looked };
    const { entries, more } = await entriesAfter(place, asked);
    looked += entries.length;
    for (const entry of entries) {
      if (fits(entry, asked)) keys.push(entry);
      if (keys.length === asked.limit) return { keys, cursor: cursorOf({ month: entry.month, after: entry }) };
    }
    place = more ? { month: place.month, after: entries.at(-1) } : startOf(months[months.indexOf(place.month) + 1]);
  }
  return { keys };
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

function fits({ type, by }: z.infer<typeof entrySchema>, asked: Asked): boolean {
  return (
    (asked.types?.includes(type) ?? true) && (asked.by === undefined || (by !== undefined && asked.by.includes(by)))
  );
}

function startOf(month: string | undefined): Place | undefined {
  return month === undefined ? undefined : { month };
}

function cursorOf({ month, after }: Place): string {
  return Buffer.from(`${month} ${after?.eventId ?? ''} ${after?.jobId ?? ''}`).toString('base64url');
}

/** DynamoDB refuses to begin at a key that is outside of the list. */
function placeOf(cursor: string, months: readonly string[], asked: Asked): Place {
  const text = Buffer.from(cursor, 'base64url').toString();
  const [, month = '', eventId = '', jobId] = /^(\d{4}-\d\d) (?:([\w:.#-]+) ([\w-]+)| )$/.exec(text) ?? [];
  const [from, to] = boundsOf(asked);
  const isInList = jobId === undefined || (eventId >= from && eventId <= to);
  if (!months.includes(month) || !isInList)
    throw new Refusal('InvalidRequest', 'query.cursor: use the cursor of a page unchanged, with the same query');
  return { month, after: jobId === undefined ? undefined : { month, eventId, jobId } };
}
