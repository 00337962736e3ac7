/** Zero servers while nothing is to be done: jobs and start times wake the fleet, and a stop from outside is no end. */
import { StopTaskCommand, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { beforeAll, expect, test } from '@jest/globals';
import { activeServers } from '#test/support/flows/aborts';
import { ecsOf, SERVICE, using } from '#test/support/flows/aws';
import { readServers, readTasks, submitJob, untilFinal } from '#test/support/flows/records';
import { eventually, type System, startSystem } from '#test/support/flows/system';

const ECHO = { tasks: [{ handler: 'echo' }] };

let system: System;
beforeAll(async () => {
  system = await startSystem({ args: ['--servers', '0', '--wake-servers', '2', '--heartbeat-seconds', '1'] });
});

const startedServers = async () => (await readServers(system)).length;

/** Takes every server away, also those that are protected; a fleet that has work would refuse to be scaled to zero. */
async function stopAll() {
  const ids = await activeServers(system);
  await using(ecsOf(system), async (ecs) => {
    await ecs.send(new UpdateServiceCommand({ ...SERVICE, desiredCount: 0 }));
    for (const task of ids) await ecs.send(new StopTaskCommand({ cluster: SERVICE.cluster, task }));
  });
  await eventually(async () => (await readServers(system)).filter(isAmong(ids)).every(hasStopped), { limitMs: 20_000 });
}

const isAmong =
  (ids: readonly string[]) =>
  ({ serverId }: { serverId: string }) =>
    ids.includes(serverId);
const hasStopped = ({ status }: { status: string }) => status === 'Stopped';

test('A job wakes a fleet without servers, and the next one uses the server that runs', async () => {
  expect(await startedServers()).toBe(0);
  for (let job = 0; job < 2; job += 1) {
    const { jobId } = await submitJob(system, ECHO);
    expect((await untilFinal(system, jobId, 20_000)).status).toBe('Finished');
  }
  expect(await startedServers()).toBe(1);
});

test('After the last server has stopped, the next job wakes the fleet again', async () => {
  await stopAll();
  const { jobId } = await submitJob(system, ECHO);
  expect((await untilFinal(system, jobId, 20_000)).status).toBe('Finished');
  expect(await startedServers()).toBe(2);
});

test('A start time wakes the fleet', async () => {
  await stopAll();
  const startAt = new Date(Date.now() + 3_000).toISOString();
  const { jobId } = await submitJob(system, { ...ECHO, startAt });
  const job = await untilFinal(system, jobId, 20_000);
  expect(job.status).toBe('Finished');
  expect(String(job.startedAt) >= startAt).toBe(true);
});

test('A retry with back-off wakes the fleet', async () => {
  const { jobId } = await submitJob(system, { tasks: [{ handler: 'fail', input: { times: 4 }, maxRetries: 4 }] });
  await eventually(async () => (await readTasks(system, jobId))[0]?.attempts.length === 4);
  const before = await startedServers();
  await stopAll();
  expect((await untilFinal(system, jobId, 20_000)).status).toBe('Finished');
  expect(await startedServers()).toBeGreaterThan(before);
});
