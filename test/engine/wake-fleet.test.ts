/** Waking the fleet, against an ECS on this machine: the calls are counted on the wire. */
import { UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { reapFleet } from '#engine/reaper/reap-fleet';
import { wakeFleet } from '#engine/servers/wake-fleet';
import { findFleet, noteAsleep } from '#store/fleet/fleet-sleep';
import { desiredServers } from '#test/support/functions/fleet';
import { endTrials, PROGRAMS, startTrial, untilStatus } from '#test/support/local/ecs-trial';
import { startStore } from '#test/support/store/engine';
import { openWire, updateOf } from '#test/support/store/wire';

Object.assign(process.env, { LASTCALL_WAKE_SERVERS: '3', LASTCALL_SLOTS: '4' });
const store = await startStore();
const trial = await startTrial(PROGRAMS.polite, { desiredCount: 0 });
const ecs = await openWire(trial.ecs.url);
process.env.AWS_ENDPOINT_URL_ECS = ecs.url;
afterAll(async () => {
  await ecs.close();
  await endTrials();
});

let calls: string[] = [];
ecs.onCall(({ operation }) => calls.push(operation));
const updates = () => calls.filter((operation) => operation === 'UpdateService').length;
const isUpdate = ({ operation }: { operation: string }) => operation === 'UpdateService';
const seconds = (count: number) => new Date(Date.now() + count * 1000);
const setDesired = (desiredCount: number) =>
  trial.client.send(new UpdateServiceCommand({ cluster: 'lastcall', service: 'batch-server', desiredCount }));

beforeEach(async () => {
  await setDesired(0);
  await noteAsleep(await findFleet());
  calls = [];
});

test('A hundred calls at once start servers by one call of ECS', async () => {
  const woken = await Promise.all(Array.from({ length: 100 }, () => wakeFleet(1)));
  expect(woken.filter(Boolean)).toHaveLength(1);
  expect(calls).toEqual(['DescribeServices', 'UpdateService']);
  expect(await desiredServers(trial)).toBe(1);
  await untilStatus(trial, 'RUNNING');
  expect(await findFleet()).toEqual({ wokenAt: expect.any(String) });
});

test.each([
  [0, 1],
  [4, 1],
  [5, 2],
  [1_000, 3],
])('For %i tasks it starts %i of at most three servers of four slots', async (tasks, servers) => {
  await wakeFleet(tasks);
  expect(await desiredServers(trial)).toBe(servers);
});

test('A wake never lowers the number of servers', async () => {
  await setDesired(2);
  expect(await wakeFleet(1)).toBe(true);
  expect(updates()).toBe(0);
  expect(await desiredServers(trial)).toBe(2);
});

test('If the party that wakes the fleet dies before its call of ECS, the next one after fifteen seconds makes it', async () => {
  const held = ecs.hold(isUpdate);
  const [now, before, after] = [seconds(0), seconds(14), seconds(16)];
  const dead = wakeFleet(1, now).catch(() => 'dead');
  await held.reached;
  expect(await wakeFleet(1, before)).toBe(false);
  expect(await wakeFleet(1, after)).toBe(true);
  expect(await desiredServers(trial)).toBe(1);
  held.release();
  await dead;
  expect(await findFleet()).toEqual({ wokenAt: expect.any(String) });
});

test('If ECS refuses, the reaper asks again', async () => {
  const [now, before, after] = [seconds(0), seconds(14), seconds(16)];
  const stopRefusing = ecs.refuse(isUpdate, 'ThrottlingException');
  await expect(wakeFleet(1, now)).rejects.toThrow();
  stopRefusing();
  await reapFleet({ live: 0, tasks: 1 }, before);
  expect(await desiredServers(trial)).toBe(0);
  await reapFleet({ live: 0, tasks: 1 }, after);
  expect(await desiredServers(trial)).toBe(1);
});

test('A wake whose reply from the records was lost is made all the same', async () => {
  const lost = store.loseReply(updateOf('fleet', 'wakingUntil'));
  expect(await wakeFleet(1)).toBe(true);
  await lost;
  expect(await desiredServers(trial)).toBe(1);
});

test('The fleet sleeps again when its last server has gone, and not while its servers start', async () => {
  const startedAt = seconds(-1).toISOString();
  await wakeFleet(1);
  await reapFleet({ live: 0, startedAt, tasks: 0 });
  await reapFleet({ live: 1, startedAt: seconds(1).toISOString(), tasks: 0 });
  expect(await findFleet()).toEqual({ wokenAt: expect.any(String) });
  await reapFleet({ live: 0, startedAt: seconds(1).toISOString(), tasks: 0 });
  expect(await findFleet()).toEqual({});
});

test('A fleet whose servers a person has started is awake', async () => {
  await reapFleet({ live: 2, tasks: 0 });
  expect(await wakeFleet(1)).toBe(false);
  expect(calls).toEqual([]);
});

test('After a sleep that followed a wake, the next wake is one of its own', async () => {
  for (let round = 0; round < 2; round += 1) {
    expect(await wakeFleet(1)).toBe(true);
    await setDesired(0);
    await reapFleet({ live: 0, startedAt: seconds(1).toISOString(), tasks: 0 });
  }
  expect(updates()).toBe(2);
});

test('If tasks wait and no server has come, the reaper wakes the fleet again', async () => {
  await wakeFleet(1);
  await setDesired(0);
  await reapFleet({ live: 0, tasks: 1 }, seconds(60));
  expect(await desiredServers(trial)).toBe(0);
  await reapFleet({ live: 0, tasks: 9 }, seconds(600));
  expect(await desiredServers(trial)).toBe(3);
});
