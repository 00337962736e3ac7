/** The audit: what people did in the whole system, and how aborts ended, by time. */
import { eventIdOf, SYSTEM_STORY } from '#domain/events';
import { readItems } from '#store/dynamodb/read';
import { monthOf, type ShownEvent, toEvent } from '#store/events';
import { isExpired } from '#store/expiry';
import { type Asked, cursorOf, isOfPage, type Key, type KeysOfPage, keysOfPage } from './audit-keys.ts';
import { untoldChanges } from './untold-changes.ts';

type Listed = Key & { readonly event: ShownEvent };

/** The types of the events that `untoldChanges` returns. */
const CHANGES = ['FeatureChanged', 'GroupChanged'];

/**
 * A page of the audit; may lag a moment behind. `cursor` is set if there may be more, and `looked` if a search was cut
 * off: after how many entries. The cost of `keysOfPage`, 1 RCU for each 4 KB of an event, and the cost of
 * `untoldChanges` unless other types are asked for.
 * @throws Refusal InvalidRequest for a cursor that no list has returned
 * @throws MalformedRecord
 */
export async function listAudit(asked: Asked) {
  const page = await keysOfPage(asked);
  const told = await toldEvents(page);
  const isTold = new Set(page.keys.map(({ eventId }) => eventId));
  const untold = (await untoldEvents(page, asked)).filter(({ eventId }) => !isTold.has(eventId));
  const all = [...told, ...untold].sort((a, b) => compare(a.eventId, b.eventId) * (asked.order === 'newest' ? -1 : 1));
  const shown = all.slice(0, asked.limit);
  const last = all.length > shown.length ? shown.at(-1) : undefined;
  const end = last ? { month: monthOf(last.eventId), after: last } : page.end;
  return {
    events: shown.map(({ event }) => event),
    ...(end && { cursor: cursorOf(end) }),
    ...(!last && page.looked !== undefined && { looked: page.looked }),
  };
}

async function toldEvents({ keys }: KeysOfPage): Promise<Listed[]> {
  const found = await readItems(keys.map(({ jobId, eventId }) => ({ table: 'events', key: { jobId, eventId } })));
  const items = new Map(found.map(({ item }) => [`${item.jobId} ${item.eventId}`, item]));
  return keys.flatMap((key) => {
    const item = items.get(`${key.jobId} ${key.eventId}`);
    const story = key.jobId === SYSTEM_STORY ? {} : { jobId: key.jobId };
    return item && !isExpired(item) ? [{ ...key, event: { ...toEvent(item), ...story } }] : [];
  });
}

/** The changes of the page whose telling may have been cut off. */
async function untoldEvents(page: KeysOfPage, asked: Asked): Promise<Listed[]> {
  if (asked.types && !CHANGES.some((type) => asked.types?.includes(type))) return [];
  const changes = (await untoldChanges()).map((event) => {
    const eventId = eventIdOf(event);
    return { jobId: SYSTEM_STORY, eventId, month: monthOf(event.at), event: toEvent(event) };
  });
  return changes.filter(({ eventId, event }) => isOfPage({ ...event, eventId }, page, asked));
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
