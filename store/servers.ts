/** Servers: their records, heartbeats and orders. Others write orders; the server reads them with its heartbeat. */
import { notFound } from '#domain/errors';
import { attemptRef, cancelOrder, type Server, serverSchema } from '#domain/servers/server';
import { SERVER_MOVES } from '#domain/status-moves';
import { ALIVE_SERVER_STATUSES, type Rollout } from '#domain/statuses';
import type { Task } from '#domain/tasks/task';
import { guardedWrite, type Item } from '#store/dynamodb/guarded-write';
import { parseEach, parseRecord } from '#store/dynamodb/parse-record';
import { readItem } from '#store/dynamodb/read';

type ServerMove = keyof typeof SERVER_MOVES;

/** Registers a server that has just started; false if a record has its id. 2 WCU. */
export async function registerServer(server: Server): Promise<boolean> {
  const { serverId, ...set } = server;
  const written = await guardedWrite({
    table: 'servers',
    key: { serverId },
    set: { ...set, phase: 'Open' },
    when: [{ attribute: 'serverId', exists: false }],
  });
  return written.applied;
}

type Beat = {
  readonly now: string;
  readonly toldCancels: ReadonlySet<string>;
  readonly stoppedClaims: ReadonlySet<string>;
  readonly state?: ServerState;
};

/** What a server says of itself with each heartbeat; what it does not name is removed from its record. */
export type ServerState = Pick<Server, 'attempts' | 'idleSince' | 'protectionRefusedSince'>;
const STATE = ['attempts', 'idleSince', 'protectionRefusedSince'] as const;

/**
 * Records that the server lives and what it says of itself, removes the orders that it has carried out, and returns its
 * record with the open orders. Undefined if it was fenced: then it must end at once. 1 WCU.
 * @throws MalformedRecord
 */
export async function heartbeat(serverId: string, beat: Beat): Promise<Server | undefined> {
  const { state = {} } = beat;
  const done = { cancelOrders: beat.toldCancels, stopOrders: beat.stoppedClaims };
  const written = await guardedWrite({
    table: 'servers',
    key: { serverId },
    set: { heartbeatAt: beat.now, ...state },
    remove: STATE.filter((name) => state[name] === undefined),
    takeOut: Object.fromEntries(Object.entries(done).filter(([, members]) => members.size > 0)),
    when: [{ attribute: 'status', in: ALIVE_SERVER_STATUSES }],
  });
  return written.applied ? toServer(written.item) : undefined;
}

/**
 * A record of the table as a server.
 * @throws MalformedRecord
 */
export function toServer(item: Item): Server {
  return parseRecord(serverSchema, 'servers', item);
}

/** Records of the table as servers; malformed ones are logged and left out. */
export function toServers(items: readonly Item[]): Server[] {
  return parseEach(serverSchema, 'servers', items);
}

/** Orders a live server to yield in a deployment, or to take over; without either, to work as always. 1 WCU. */
export async function orderRollout(serverId: string, rollout: Rollout | undefined): Promise<void> {
  const change = rollout === undefined ? { remove: ['rollout'] } : { set: { rollout } };
  const isAlive = { attribute: 'status', in: ALIVE_SERVER_STATUSES };
  await guardedWrite({ table: 'servers', key: { serverId }, ...change, when: [isAlive] });
}

/**
 * Orders a live server to tell the running tasks of this run of the job that it is cancelled. Safe to repeat. 1 WCU.
 */
export async function orderCancel(serverId: string, job: { jobId: string; run: number }): Promise<void> {
  await order(serverId, { cancelOrders: new Set([cancelOrder(job)]) });
}

/** Orders a live server to stop attempts by force; each order names claim and abort. Safe to repeat. 1 WCU. */
export async function orderStops(serverId: string, orders: readonly string[]): Promise<void> {
  if (orders.length > 0) await order(serverId, { stopOrders: new Set(orders) });
}

/**
 * Moves the server in one guarded write and returns its new record; undefined if its status does not allow it. 2 WCU.
 * @throws MalformedRecord
 */
export async function moveServer(serverId: string, move: ServerMove, set: Item = {}): Promise<Server | undefined> {
  const written = await guardedWrite({ table: 'servers', key: { serverId }, move: SERVER_MOVES[move], set, when: [] });
  return written.applied ? toServer(written.item) : undefined;
}

/**
 * Notes how far the settlement of a stopped server is, and takes off the endings whose events are told. Of several
 * settlements, the first one counts. 1 WCU for each KB of the server's record.
 */
export async function noteSettled(
  serverId: string,
  at: 'settledAt' | 'closedAt',
  { endings, set = {} }: { endings: ReadonlySet<string>; set?: Item },
): Promise<void> {
  const takeOut = endings.size === 0 ? {} : { endings };
  const setOnce = { [at]: new Date().toISOString() };
  const phase = at === 'closedAt' ? { phase: 'Final' } : {};
  await guardedWrite({
    table: 'servers',
    key: { serverId },
    set: { ...set, ...phase },
    setOnce,
    takeOut,
    when: [IS_KEPT],
  });
}

/** Notes attempts before they are ended by force. 1 WCU for each KB of the server's record. */
export async function noteEndings(serverId: string, tasks: readonly Task[]): Promise<void> {
  const add = { endings: new Set(tasks.map(attemptRef)) };
  if (tasks.length > 0) await guardedWrite({ table: 'servers', key: { serverId }, add, when: [IS_KEPT] });
}

/** Removes attempts from the record when their events are written. 1 WCU for each KB of the server's record. */
export async function clearEndings(serverId: string, tasks: readonly Task[]): Promise<void> {
  const takeOut = { endings: new Set(tasks.map(attemptRef)) };
  await guardedWrite({ table: 'servers', key: { serverId }, takeOut, when: [IS_KEPT] });
}

const IS_KEPT = { attribute: 'serverId', exists: true };

/**
 * The server's record, read consistently. 1 RCU.
 * @throws Refusal NotFound
 * @throws MalformedRecord
 */
export async function getServer(serverId: string): Promise<Server> {
  const server = await findServer(serverId);
  if (!server) throw notFound('server', serverId);
  return server;
}

/**
 * The server's record, read consistently; undefined if it does not exist. 1 RCU.
 * @throws MalformedRecord
 */
export async function findServer(serverId: string): Promise<Server | undefined> {
  const item = await readItem('servers', { serverId });
  return item && toServer(item);
}

/**
 * The server's record with its open orders, as it was a moment ago; undefined if it does not exist. 0.5 RCU for each
 * 4 KB.
 * @throws MalformedRecord
 */
export async function readOrders(serverId: string): Promise<Server | undefined> {
  const item = await readItem('servers', { serverId }, false);
  return item && toServer(item);
}

/** Does nothing for a server that has stopped meanwhile: its tasks are settled. */
async function order(serverId: string, add: Record<string, ReadonlySet<string>>): Promise<void> {
  await guardedWrite({
    table: 'servers',
    key: { serverId },
    add,
    when: [{ attribute: 'status', in: ALIVE_SERVER_STATUSES }],
  });
}
