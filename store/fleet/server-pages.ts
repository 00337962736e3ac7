/** The list of servers, page by page: the live ones first, the newest first. */
import * as z from 'zod';
import type { Job } from '#domain/jobs/job';
import { MAX_PAGE_BYTES } from '#domain/limits';
import { isAlive, type Server } from '#domain/servers/server';
import { JOB_PHASES } from '#domain/statuses';
import type { HeldTask } from '#domain/tasks/task';
import { parseRecord } from '#store/dynamodb/parse-record';
import { queryPage, readItems } from '#store/dynamodb/read';
import { isExpired } from '#store/expiry';
import { heldBy, jobsOf } from '#store/reads/holdings';
import { toServers } from '#store/servers';

/** Servers, what the live ones of them hold, and the jobs of that. */
export type ServersHeld = {
  readonly servers: readonly Server[];
  readonly held: ReadonlyMap<string, readonly HeldTask[]>;
  readonly jobs: ReadonlyMap<string, Job>;
};
type Page = { readonly cursor?: string | undefined; readonly limit: number };

/**
 * A page of servers; those that were settled and closed come last. `cursor` is set if there may be more. Malformed ones
 * are logged and left out. 1 RCU for each server of the page, 0.5 for each live one and for each 12 tasks that it
 * holds, and 1 for each job of these.
 */
export async function readServerPage(page: Page): Promise<ServersHeld & { readonly cursor?: string }> {
  const { entries, more } = await entriesOf(page);
  const ids = entries.map(({ serverId }) => serverId);
  const found = await readItems([...new Set(ids)].map((serverId) => ({ table: 'servers', key: { serverId } })));
  const read = toServers(found.map(({ item }) => item).filter((item) => !isExpired(item)));
  const inOrder = read.sort((a, b) => ids.indexOf(a.serverId) - ids.indexOf(b.serverId));
  const all = await heldBy(inOrder.filter(isAlive).map(({ serverId }) => serverId));
  const servers = inOrder.slice(0, countFitting(inOrder.map((server) => [server, all.get(server.serverId)])));
  const held = new Map(servers.map(({ serverId }) => [serverId, all.get(serverId) ?? []]));
  const jobs = await jobsOf(held.values(), { consistent: true });
  const last = servers.length < inOrder.length ? servers.at(-1)?.serverId : more && ids.at(-1);
  const place = entries.find(({ serverId }) => serverId === last);
  return { servers, held, jobs, ...(place && { cursor: cursorOf(place) }) };
}

/** How many items fit into a reply: the last one may exceed `MAX_PAGE_BYTES`, so a page always has one. */
function countFitting(items: readonly unknown[]): number {
  let bytes = 0;
  const full = items.findIndex((item) => {
    bytes += Buffer.byteLength(JSON.stringify(item));
    return bytes >= MAX_PAGE_BYTES;
  });
  return full === -1 ? items.length : full + 1;
}

/** One phase after the other: a server that is closed between two reads is seen twice, not missed. */
async function entriesOf({ cursor, limit }: Page): Promise<{ entries: Entry[]; more: boolean }> {
  const entries: Entry[] = [];
  let after = cursor === undefined ? undefined : placeOf(cursor);
  for (const phase of JOB_PHASES.slice(JOB_PHASES.indexOf(after?.phase ?? 'Open'))) {
    const query = { table: 'servers', index: 'byPhase', partition: ['phase', phase], newestFirst: true } as const;
    const { items, next } = await queryPage({ ...query, limit: limit - entries.length, after });
    entries.push(...items.map((item) => parseRecord(entrySchema, 'servers', item)));
    after = undefined;
    if (next || entries.length === limit) return { entries, more: next !== undefined || phase === 'Open' };
  }
  return { entries, more: false };
}

const entrySchema = z.object({ phase: z.enum(JOB_PHASES), startedAt: z.string(), serverId: z.string() });
type Entry = z.infer<typeof entrySchema>;

function cursorOf({ phase, startedAt, serverId }: Entry): string {
  return `${phase}#${startedAt}#${serverId}`;
}

/** The schema of the query has checked the cursor's form. */
function placeOf(cursor: string): Entry {
  const [phase, startedAt, serverId] = cursor.split('#');
  return entrySchema.parse({ phase, startedAt, serverId });
}
