import { expect, test } from '@jest/globals';
import { UNKNOWN_HANDLER_HEARTBEATS } from '#domain/limits';
import { MissingHandlers } from '#server/claiming/missing-handlers';
import { startStore } from '#test/support/store/engine';
import { noteOnServer, startServer } from '#test/support/store/trial';

await startStore();

const HEARTBEAT_MS = 100;
const WAIT_MS = UNKNOWN_HANDLER_HEARTBEATS * HEARTBEAT_MS;
const task = { batchGroup: 'default', handler: 'deployed.soon' };
/** What a server that sees the servers for the first time does with the task. */
const leaveMs = () => new MissingHandlers({ heartbeatMs: HEARTBEAT_MS }).leaveMs(task);

test('A task is left for longer while a deployment is under way, or a live server may have its handler', async () => {
  const { serverId } = await startServer({ handlers: ['echo'] });
  await startServer({ handlers: ['deployed.soon'], batchGroups: ['night'] });
  expect(await leaveMs()).toBeLessThanOrEqual(WAIT_MS);
  await noteOnServer(serverId, { rollout: 'yields' });
  expect(await leaveMs()).toBeGreaterThan(WAIT_MS);
  await noteOnServer(serverId, { status: 'Stopped' });
  const { serverId: newId } = await startServer({ handlers: ['deployed.soon'] });
  expect(await leaveMs()).toBeGreaterThan(WAIT_MS);
  await noteOnServer(newId, { status: 'Lost' });
  expect(await leaveMs()).toBeLessThanOrEqual(WAIT_MS);
});

test('A server whose record does not name its handlers may have any', async () => {
  await startServer();
  expect(await leaveMs()).toBeGreaterThan(WAIT_MS);
});
