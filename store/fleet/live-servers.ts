/** Some of the servers by indexes that no heartbeat changes: what their records hold besides costs nothing here. */
import { type Server, serverSchema } from '#domain/servers/server';
import { ALIVE_SERVER_STATUSES } from '#domain/statuses';
import type { Item } from '#store/dynamodb/guarded-write';
import { parseEach } from '#store/dynamodb/parse-record';
import { queryAll, queryPage, readItems } from '#store/dynamodb/read';
import { isExpired } from '#store/expiry';
import { toServers } from '#store/servers';

const entrySchema = serverSchema.pick({ serverId: true, status: true, batchGroups: true, startedAt: true });
const keySchema = serverSchema.pick({ serverId: true });
const OPEN = { table: 'servers', index: 'byPhase', partition: ['phase', 'Open'] } as const;
/** What the index has of a server. */
export type LiveServer = Pick<Server, keyof typeof entrySchema.shape>;

/**
 * The live servers; may lag a moment behind. Malformed ones are logged and left out. 0.5 RCU for each 25 servers or so,
 * with those that stopped within the last minute.
 */
export async function liveServers(): Promise<LiveServer[]> {
  return (await openServers()).filter(({ status }) => ALIVE_SERVER_STATUSES.includes(status));
}

/** The newest live servers, up to this number; may lag a moment behind. 0.5 RCU for each 25 or so. */
export async function listLiveServers(limit: number): Promise<LiveServer[]> {
  const { items } = await queryPage({ ...OPEN, newestFirst: true, limit });
  return parseEach(entrySchema, 'servers', items).filter(({ status }) => ALIVE_SERVER_STATUSES.includes(status));
}

/** All servers that may hold tasks: also lost and stopped ones, until they are closed. Lag and cost as above. */
export async function openServers(): Promise<LiveServer[]> {
  return parseEach(entrySchema, 'servers', await queryAll(OPEN));
}

/**
 * The records of the live servers; one that has just registered may be missing for a moment. Malformed ones are logged
 * and left out. The cost of `liveServers`, and 1 RCU a server, or half of that.
 */
export async function readLiveServers(how: How = CONSISTENT): Promise<Server[]> {
  return readServers(await liveServers(), how);
}

/** The records of all `openServers`, read consistently. Lag and cost as above. */
export async function readOpenServers(): Promise<Server[]> {
  return readServers(await openServers(), CONSISTENT);
}

/**
 * The records of the servers that an abort drains or has stopped and that no other has replaced, read consistently.
 * Which these are may lag a moment behind their drain: a server that replaces one starts long after that. 0.5 RCU, and
 * 1 RCU a server.
 */
export async function readUnreplacedServers(): Promise<Server[]> {
  const items = await queryAll({ table: 'servers', index: 'unreplaced', partition: ['unreplaced', 'yes'] });
  const records = await readRecords(parseEach(keySchema, 'servers', items), CONSISTENT);
  return toServers(records.filter((record) => !isExpired(record)));
}

/** When the newest of the closed servers started; may lag a moment behind. 0.5 RCU. */
export async function lastClosedStart(): Promise<string | undefined> {
  const query = { table: 'servers', index: 'byPhase', partition: ['phase', 'Final'], newestFirst: true } as const;
  const { items } = await queryPage({ ...query, limit: 1 });
  return parseEach(entrySchema, 'servers', items)[0]?.startedAt;
}

type Key = Pick<Server, 'serverId'>;
type How = { readonly consistent: boolean };
const CONSISTENT: How = { consistent: true };

async function readServers(servers: readonly Key[], how: How): Promise<Server[]> {
  return toServers(await readRecords(servers, how));
}

async function readRecords(servers: readonly Key[], how: How): Promise<Item[]> {
  const wanted = servers.map(({ serverId }) => ({ table: 'servers', key: { serverId } }) as const);
  return (await readItems(wanted, how)).map(({ item }) => item);
}
