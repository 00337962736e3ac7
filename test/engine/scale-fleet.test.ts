/** Scaling the fleet and carrying on a deployment, against an ECS on this machine. */
import { UpdateServiceCommand, type UpdateServiceCommandInput, UpdateTaskProtectionCommand } from '@aws-sdk/client-ecs';
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import type { Server } from '#domain/servers/server';
import { describeService, type Service } from '#engine/aws/deployments';
import { reapRollout } from '#engine/reaper/reap-rollout';
import { scaleFleet } from '#engine/servers/scale-fleet';
import { settings } from '#engine/settings';
import { getServer } from '#store/servers';
import { eventually } from '#test/support/flows/system';
import { desiredServers } from '#test/support/functions/fleet';
import { endTrials, listTasks, PROGRAMS, startTrial } from '#test/support/local/ecs-trial';
import { startStore } from '#test/support/store/engine';
import { startServer } from '#test/support/store/trial';

Object.assign(process.env, { LASTCALL_MIN_SERVERS: '0', LASTCALL_MAX_SERVERS: '3', LASTCALL_SLOTS: '4' });
await startStore();
const trial = await startTrial(PROGRAMS.polite, { desiredCount: 2 });
process.env.AWS_ENDPOINT_URL_ECS = trial.ecs.url;
afterAll(endTrials);

const update = (change: Partial<UpdateServiceCommandInput>) =>
  trial.client.send(new UpdateServiceCommand({ cluster: 'lastcall', service: 'batch-server', ...change }));
beforeEach(() => update({ desiredCount: 2 }));

const LONG_AGO = '2026-01-01T10:00:00.000Z';
const now = () => new Date().toISOString();
const worker = (attempts: number) => startServer({ attempts, idleSince: LONG_AGO, startedAt: LONG_AGO });

async function seenService(): Promise<Service> {
  const service = await describeService();
  if (!service) throw new Error('ECS does not know the service.');
  return service;
}

test('A fleet in which everything is running does not shrink, and grows for what waits', async () => {
  const servers = [await worker(4), await worker(1)];
  expect(await scaleFleet(servers, await seenService(), { ready: 0, now: now() })).toBeUndefined();
  expect(await scaleFleet(servers, await seenService(), { ready: 4, now: now() })).toBe(3);
  expect(await desiredServers(trial)).toBe(3);
});

test('It shrinks by its idle servers, down to none', async () => {
  expect(await scaleFleet([await worker(1), await worker(0)], await seenService(), { ready: 0, now: now() })).toBe(1);
  expect(await scaleFleet([await worker(0)], await seenService(), { ready: 0, now: now() })).toBe(0);
  expect(await desiredServers(trial)).toBe(0);
});

test('It does not undo a wake that came after the service was described', async () => {
  const seen = await seenService();
  await update({ desiredCount: 3 });
  expect(await scaleFleet([await worker(0), await worker(0)], seen, { ready: 0, now: now() })).toBeUndefined();
  expect(await desiredServers(trial)).toBe(3);
});

test('Nor does it with a number above the one that it saw, but a larger need adds to the wake', async () => {
  await update({ desiredCount: 0 });
  const seen = await seenService();
  await update({ desiredCount: 3 });
  expect(await scaleFleet([], seen, { ready: 1, now: now() })).toBeUndefined();
  expect(await desiredServers(trial)).toBe(3);
  await update({ desiredCount: 1 });
  expect(await scaleFleet([], seen, { ready: 9, now: now() })).toBe(3);
});

test('The number of a fleet that is not elastic is left alone', async () => {
  const { minServers, maxServers } = settings();
  Object.assign(settings(), { minServers: 3, maxServers: 3 });
  expect(await scaleFleet([await worker(1)], await seenService(), { ready: 9, now: now() })).toBeUndefined();
  Object.assign(settings(), { minServers, maxServers });
});

test('In a deployment former servers are ordered to yield as new ones come, and new ones to take over', async () => {
  const serverIn = async (containerArn = ''): Promise<Server> =>
    await startServer({ containerArn, serverId: containerArn.split('/').at(-1) ?? '' });
  const tasks = await eventually(async () => (await listTasks(trial)).length === 2 && (await listTasks(trial)));
  const old = [await serverIn(tasks[0]), await serverIn(tasks[1])];
  const protection = { cluster: 'lastcall', tasks, protectionEnabled: true };
  await trial.client.send(new UpdateTaskProtectionCommand(protection));
  await update({ forceNewDeployment: true });
  const rollouts = async (servers: Server[]) =>
    Promise.all(servers.map(async ({ serverId }) => (await getServer(serverId)).rollout));
  await reapRollout(old, await seenService());
  expect(await rollouts(old)).toEqual([undefined, undefined]);
  const fresh = await eventually(
    async () => (await listTasks(trial)).length === 4 && (await listTasks(trial)).slice(2),
  );
  const servers = [...old, await serverIn(fresh[0]), await serverIn(fresh[1])];
  await reapRollout(servers, await seenService());
  expect(await rollouts(servers)).toEqual(['yields', 'yields', 'takesOver', 'takesOver']);
  await reapRollout(await Promise.all(servers.map(({ serverId }) => getServer(serverId))), {
    ...(await seenService()),
    isUnderWay: false,
  });
  expect(await rollouts(servers)).toEqual([undefined, undefined, undefined, undefined]);
});
