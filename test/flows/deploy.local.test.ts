/** A new deployment of the servers while all of them run tasks. */
import { join } from 'node:path';
import { DescribeServicesCommand, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { expect, test } from '@jest/globals';
import { activeServers } from '#test/support/flows/aborts';
import { ecsOf, using } from '#test/support/flows/aws';
import { makeDirectory } from '#test/support/flows/directory';
import { violationsAtEnd } from '#test/support/flows/invariants';
import { readServers, readTasks, submitJob, untilFinal, untilRunning } from '#test/support/flows/records';
import { eventually, type System, startSystem } from '#test/support/flows/system';
import { release, WITNESS } from '#test/support/witness/runs';

const SERVICE = { cluster: 'lastcall', service: 'batch-server' };
const ARGS = ['--servers', '2', '--slots', '2', '--heartbeat-seconds', '1', '--handlers', WITNESS];
const PATIENCE = { limitMs: 60_000 };
const directory = makeDirectory('deploy');

const deploymentsOf = (system: System) =>
  using(ecsOf(system), async (ecs) => {
    const { services } = await ecs.send(new DescribeServicesCommand({ ...SERVICE, services: [SERVICE.service] }));
    return services?.[0]?.deployments ?? [];
  });

test('a deployment interrupts nothing: old servers yield to new ones, end what they run, and go', async () => {
  const system = await startSystem({ args: ARGS });
  const old = await eventually(async () => {
    const servers = await activeServers(system);
    return servers.length === 2 && servers;
  }, PATIENCE);
  const held = { handler: 'witness', input: { file: join(directory, 'long'), kind: 'held' } };
  const long = await submitJob(system, { tasks: [held, held, held] });
  await untilRunning(system, long.jobId, 3);
  await using(ecsOf(system), (ecs) => ecs.send(new UpdateServiceCommand({ ...SERVICE, forceNewDeployment: true })));

  await eventually(async () => {
    const servers = await readServers(system);
    return servers.filter(({ rollout }) => rollout === 'yields').length === 2 && servers.length === 4;
  }, PATIENCE);
  // The protection of the old servers takes the place of the new ones': they work all the same.
  const short = await submitJob(system, { tasks: Array(12).fill({ handler: 'echo' }) });
  expect((await untilFinal(system, short.jobId, 60_000)).status).toBe('Finished');
  const shortTasks = await readTasks(system, short.jobId);
  expect(shortTasks.filter(({ attempts }) => attempts.some(({ serverId }) => old.includes(serverId)))).toEqual([]);
  expect((await deploymentsOf(system)).map(({ rolloutState }) => rolloutState)).toEqual(['IN_PROGRESS', 'COMPLETED']);

  release(join(directory, 'long'));
  const job = await untilFinal(system, long.jobId, 60_000);
  const tasks = await readTasks(system, long.jobId);
  expect(violationsAtEnd(job, tasks)).toEqual([]);
  expect(tasks.map(({ status, attempts }) => [status, attempts.length])).toEqual(Array(3).fill(['Finished', 1]));
  const ended = await eventually(async () => {
    const servers = await readServers(system);
    const isOver = ({ serverId, rollout, status }: (typeof servers)[number]) =>
      old.includes(serverId) ? status === 'Stopped' : rollout === undefined;
    return servers.every(isOver) && servers;
  }, PATIENCE);
  expect(ended.filter(({ serverId }) => old.includes(serverId))).toMatchObject([{ exitCode: 0 }, { exitCode: 0 }]);
  expect((await deploymentsOf(system)).map(({ rolloutState }) => rolloutState)).toEqual(['COMPLETED']);
  expect(await system.stop()).toBe(0);
}, 240_000);
