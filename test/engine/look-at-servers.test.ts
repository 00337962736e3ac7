import { expect, test } from '@jest/globals';
import { MISSED_HEARTBEATS } from '#domain/limits';
import type { Server } from '#domain/servers/server';
import { lookAtServers } from '#engine/reaper/look-at-servers';
import { findLook, keepLook } from '#store/reaper-rounds';
import { getServer, noteSettled } from '#store/servers';
import { HEARTBEAT_SECONDS } from '#test/support/environment';
import { startStore } from '#test/support/store/engine';
import { putRecord } from '#test/support/store/malformed';
import { startServer } from '#test/support/store/trial';
import { updateOf } from '#test/support/store/wire';

const wire = await startStore();

const LEASE_SECONDS = MISSED_HEARTBEATS * HEARTBEAT_SECONDS;
const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();
const silentServer = () => startServer({ heartbeatAt: ago(LEASE_SECONDS) });
const statusOf = async ({ serverId }: Server) => (await getServer(serverId)).status;

/** A look has seen these servers silent, a lease ago, and so did each one since then. */
async function sawSilent(...servers: Server[]): Promise<void> {
  const silent = servers.map(({ serverId, heartbeatAt }) => [serverId, { heartbeatAt, since: ago(LEASE_SECONDS) }]);
  await keepLook({ at: ago(HEARTBEAT_SECONDS), silent: Object.fromEntries(silent) }, await findLook());
}

/** Looks once; what it has measured. */
async function look(): Promise<Readonly<Record<string, number>>> {
  const measured: Record<string, number> = {};
  await lookAtServers((values) => Object.assign(measured, values));
  return measured;
}

test('The first look keeps what it saw and declares none lost; a later one finds the proof', async () => {
  const server = await silentServer();
  expect(await look()).toEqual({ LiveServers: 0, ServersHeldBack: 0 });
  expect((await findLook()).look?.silent).toEqual({
    [server.serverId]: { heartbeatAt: server.heartbeatAt, since: expect.any(String) },
  });
  expect(await statusOf(server)).toBe('Active');
  await sawSilent(server);
  expect(await look()).toMatchObject({ LostServers: 1 });
  expect(await statusOf(server)).toBe('Lost');
});

test('A silent server that others have just preceded is held back, and measured', async () => {
  const server = await silentServer();
  await sawSilent(server);
  expect(await look()).toMatchObject({ ServersHeldBack: 1 });
  expect(await statusOf(server)).toBe('Active');
});

test('A look reads no server that is closed', async () => {
  const [live, closed] = [await startServer(), await startServer({ status: 'Stopped' })];
  await noteSettled(closed.serverId, 'closedAt', { endings: new Set() });
  const ids = (await lookAtServers(() => undefined)).map(({ serverId }) => serverId);
  expect(ids).toContain(live.serverId);
  expect(ids).not.toContain(closed.serverId);
});

test('Of two looks at once, only the one that was kept first judges', async () => {
  const servers = await Promise.all(Array.from({ length: 6 }, silentServer));
  await sawSilent(...servers);
  const keeping = wire.hold(updateOf('rounds', 'servers'));
  const late = look();
  await keeping.reached;
  expect(await look()).toHaveProperty('LostServers');
  const lost = async () => (await Promise.all(servers.map(statusOf))).filter((status) => status === 'Lost').length;
  const lostByFirst = await lost();
  keeping.release();
  expect(await late).not.toHaveProperty('LostServers');
  expect(await lost()).toBe(lostByFirst);
});

test('A malformed look proves nothing and is replaced', async () => {
  const server = await silentServer();
  await putRecord('rounds', { name: 'servers', look: 3 });
  await look();
  expect(await statusOf(server)).toBe('Active');
  expect((await findLook()).look?.silent).toHaveProperty(server.serverId);
});
