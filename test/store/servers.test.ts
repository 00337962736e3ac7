import { expect, test } from '@jest/globals';
import { ulid } from 'ulid';
import type { Server } from '#domain/servers/server';
import { SERVER_MOVES } from '#domain/status-moves';
import { SERVER_STATUSES } from '#domain/statuses';
import { declareLost } from '#engine/servers/declare-lost';
import { noteReplacement } from '#engine/servers/note-replacement';
import { orderDrain } from '#engine/servers/order-drain';
import { resumeServer } from '#engine/servers/resume-server';
import { listServers } from '#store/reads/list-servers';
import {
  findServer,
  getServer,
  heartbeat,
  moveServer,
  noteSettled,
  orderCancel,
  orderStops,
  registerServer,
} from '#store/servers';
import { startStore } from '#test/support/store/engine';
import { noteOnServer, recordStop, startServer } from '#test/support/store/trial';
import { updateOf } from '#test/support/store/wire';

const wire = await startStore();

const NOW = '2026-01-01T10:00:00.000Z';
const MOVES = Object.entries(SERVER_MOVES).flatMap(([move, { from, to }]) =>
  SERVER_STATUSES.map((status) => ({ move, status, to, allowed: from.some((each) => each === status) })),
);

function beat({ serverId }: Server, done: { toldCancels?: string[]; stoppedClaims?: string[] } = {}) {
  const { toldCancels, stoppedClaims } = done;
  return heartbeat(serverId, { now: NOW, toldCancels: new Set(toldCancels), stoppedClaims: new Set(stoppedClaims) });
}

test('A server is read as it registered', async () => {
  const server = await startServer({ batchGroups: ['a', 'b'], slots: 7 });
  expect(await getServer(server.serverId)).toEqual(server);
  expect(await listServers()).toContainEqual(server);
});

test('A heartbeat says what the server says of itself, and removes what it no longer says', async () => {
  const server = await startServer();
  const state = { attempts: 2, protectionRefusedSince: NOW };
  const none = { now: NOW, toldCancels: new Set<string>(), stoppedClaims: new Set<string>() };
  expect(await heartbeat(server.serverId, { ...none, state })).toMatchObject(state);
  expect(await heartbeat(server.serverId, { ...none, state: { attempts: 0 } })).toEqual({
    ...server,
    heartbeatAt: NOW,
    attempts: 0,
  });
});

test('A server that does not exist is NotFound', async () => {
  await expect(getServer('none')).rejects.toMatchObject({ code: 'NotFound', facts: { kind: 'server', id: 'none' } });
  expect(await findServer('none')).toBeUndefined();
});

test('The id of a server is never used again, not even after its stop', async () => {
  const server = await startServer();
  expect(await registerServer({ ...server, slots: 99 })).toBe(false);
  await moveServer(server.serverId, 'proveStopped');
  expect(await registerServer(server)).toBe(false);
  expect(await getServer(server.serverId)).toEqual({ ...server, status: 'Stopped' });
});

test('A registration whose reply was lost counts as made', async () => {
  const lost = wire.loseReply(updateOf('servers'));
  await startServer();
  await lost;
});

test('A heartbeat returns the open orders', async () => {
  const server = await startServer();
  expect(await beat(server)).toEqual({ ...server, heartbeatAt: NOW });
  await orderCancel(server.serverId, { jobId: 'job1', run: 1 });
  await orderCancel(server.serverId, { jobId: 'job1', run: 1 });
  await orderCancel(server.serverId, { jobId: 'job2', run: 1 });
  await orderStops(server.serverId, ['claim1#abort1', 'claim2#abort1']);
  await orderStops(server.serverId, []);
  const heard = await beat(server);
  expect(heard?.cancelOrders).toEqual(new Set(['job1#1', 'job2#1']));
  expect(heard?.stopOrders).toEqual(new Set(['claim1#abort1', 'claim2#abort1']));
});

test('The next heartbeat removes the orders that were carried out, and only those', async () => {
  const server = await startServer();
  for (const jobId of ['job1', 'job2']) await orderCancel(server.serverId, { jobId, run: 1 });
  await orderStops(server.serverId, ['claim1#abort1']);
  const after = await beat(server, { toldCancels: ['job1#1'], stoppedClaims: ['claim1#abort1'] });
  expect(after?.cancelOrders).toEqual(new Set(['job2#1']));
  expect(after?.stopOrders).toBeUndefined();
  expect((await beat(server, { toldCancels: ['job1#1', 'job2#1'] }))?.cancelOrders).toBeUndefined();
});

test('A heartbeat whose reply was lost counts', async () => {
  const server = await startServer();
  await orderCancel(server.serverId, { jobId: 'job1', run: 1 });
  const lost = wire.loseReply(updateOf('servers', server.serverId));
  expect((await beat(server))?.cancelOrders).toEqual(new Set(['job1#1']));
  await lost;
});

test.each(['Active', 'Draining', 'Stopping'] as const)(
  'The heartbeat of a server that is %s is accepted, and it gets orders',
  async (status) => {
    const server = await startServer({ status });
    await orderStops(server.serverId, ['claim1#abort1']);
    expect(await beat(server)).toMatchObject({ status, stopOrders: new Set(['claim1#abort1']) });
  },
);

test.each(['Lost', 'Stopped'] as const)(
  'A server that is %s is fenced: its heartbeat is refused, and it gets no orders',
  async (status) => {
    const server = await startServer({ status });
    expect(await beat(server)).toBeUndefined();
    await orderCancel(server.serverId, { jobId: 'job1', run: 1 });
    await orderStops(server.serverId, ['claim1#abort1']);
    expect(await getServer(server.serverId)).toEqual(server);
  },
);

test('Orders, moves and notes make no record for a server that never registered, and its heartbeat is refused', async () => {
  expect(await heartbeat('none', { now: NOW, toldCancels: new Set(), stoppedClaims: new Set() })).toBeUndefined();
  await orderCancel('none', { jobId: 'job1', run: 1 });
  expect(await moveServer('none', 'drain')).toBeUndefined();
  await noteSettled('none', 'settledAt', { endings: new Set() });
  expect(await findServer('none')).toBeUndefined();
});

test.each(MOVES)(
  'The move $move of a server that is $status is made or refused as the moves table says',
  async (row) => {
    const server = await startServer({ status: row.status });
    const [move] = Object.keys(SERVER_MOVES).filter((name): name is keyof typeof SERVER_MOVES => name === row.move);
    if (move === undefined) throw new Error(`There is no move ${row.move}.`);
    const moved = await moveServer(server.serverId, move, { lostAt: NOW });
    const after = row.allowed ? { ...server, status: row.to, lostAt: NOW } : server;
    expect(moved).toEqual(row.allowed ? after : undefined);
    expect(await getServer(server.serverId)).toEqual(after);
  },
);

test('A server that is declared lost during a heartbeat is fenced from then on', async () => {
  const server = await startServer();
  await Promise.all([beat(server), moveServer(server.serverId, 'declareLost', { lostAt: NOW })]);
  expect(await beat(server)).toBeUndefined();
  expect(await getServer(server.serverId)).toMatchObject({ status: 'Lost', lostAt: NOW });
});

test('All servers are listed, over several pages of the engine', async () => {
  await Promise.all(Array.from({ length: 600 }, () => startServer()));
  const ids = (await listServers()).map(({ serverId }) => serverId);
  expect(ids.length).toBeGreaterThan(600);
  expect(new Set(ids).size).toBe(ids.length);
});

/** What the order of its drain leaves in a server's record. */
const DRAINED = { drainAborts: new Set(['abort1']), unreplaced: 'yes' } as const;

test('Each new server replaces one server that an abort restarted, the first to end first', async () => {
  const requested = await startServer({ status: 'Stopping', ...DRAINED, stopRequestedAt: '2026-01-01T10:00:02.000Z' });
  const died = await startServer({ status: 'Stopped', ...DRAINED, stoppedAt: '2026-01-01T10:00:01.000Z' });
  const others = [
    await startServer({ status: 'Draining', ...DRAINED }),
    await startServer({ status: 'Stopped', stoppedAt: NOW }),
  ];
  for (const serverId of ['new1', 'new2', 'new3']) await noteReplacement(serverId, NOW);
  expect(await getServer(died.serverId)).toMatchObject({ replacedBy: 'new1', replacedAt: NOW });
  expect(await getServer(requested.serverId)).toMatchObject({ replacedBy: 'new2' });
  for (const other of others) expect(await getServer(other.serverId)).toEqual(other);
});

test('A start reads only servers that wait for a replacement, however many there are', async () => {
  const drain = { abortId: ulid(), now: NOW, deadline: NOW };
  const [waits, replaced, resumed] = [await startServer(), await startServer(), await startServer()];
  for (const { serverId } of [waits, replaced, resumed]) await orderDrain(serverId, drain);
  await resumeServer(resumed.serverId, drain.abortId);
  for (const { serverId } of [replaced, waits]) await moveServer(serverId, 'stop', { stopRequestedAt: NOW });
  // Those of other tests as well.
  for (const { serverId } of (await listServers()).filter(
    (each) => each.unreplaced && each.serverId !== waits.serverId,
  ))
    await noteOnServer(serverId, { replacedBy: 'another', replacedAt: NOW });
  await noteReplacement('first', NOW);
  expect(await getServer(waits.serverId)).toMatchObject({ replacedBy: 'first' });
  const read: unknown[] = [];
  const stop = wire.onCall(({ operation, body }) => read.push([operation, body.includes('unreplaced')]));
  await noteReplacement('second', NOW);
  stop();
  expect(read).toEqual([['Query', true]]);
  // A further abort shares the end of a server that was replaced: it is not replaced again.
  await orderDrain(waits.serverId, { ...drain, abortId: ulid() });
  await noteReplacement('third', NOW);
  expect(await getServer(waits.serverId)).toMatchObject({ replacedBy: 'first' });
  expect(await getServer(waits.serverId)).not.toHaveProperty('unreplaced');
});

test('A server that registered before the stop of the old one was proven is its replacement, and of no other', async () => {
  const drainAborts = new Set(['abort1']);
  const stoppedAtMs = Date.now() + 3_600_000;
  const after = (ms: number) => new Date(stoppedAtMs + ms).toISOString();
  const old = { drainAborts, heartbeatAt: after(-9) };
  const [first, second] = [await startServer(old), await startServer(old)];
  await startServer({ startedAt: old.heartbeatAt });
  // ECS had not taken back yet what the old task had.
  const [one, other] = [await startServer({ startedAt: after(-1) }), await startServer({ startedAt: after(1) })];
  for (const { serverId } of [one, other]) await noteReplacement(serverId, NOW);
  for (const { serverId } of [first, second]) await recordStop(serverId, { stoppedAt: after(0), containers: [] });
  const replacement = { replacedBy: one.serverId, replacedAt: one.startedAt };
  expect(await getServer(first.serverId)).toMatchObject(replacement);
  expect(await getServer(second.serverId)).toMatchObject({ replacedBy: other.serverId });
});

test('A server that has sent a heartbeat since it was read is not declared lost', async () => {
  const read = await startServer();
  const now = new Date(Date.parse(read.heartbeatAt) + 1).toISOString();
  await heartbeat(read.serverId, { now, toldCancels: new Set(), stoppedClaims: new Set() });
  expect(await declareLost(read, NOW)).toBe(false);
  const again = await getServer(read.serverId);
  expect(again).toMatchObject({ status: 'Active', heartbeatAt: now });
  expect(await declareLost(again, NOW)).toBe(true);
  expect(await getServer(read.serverId)).toMatchObject({ status: 'Lost', lostAt: NOW });
});
