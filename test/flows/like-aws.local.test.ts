import { mkdirSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { DescribeServicesCommand, RegisterTaskDefinitionCommand, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { beforeAll, expect, test } from '@jest/globals';
import { HEARTBEAT_FILE } from '#domain/servers/server';
import { activeServers } from '#test/support/flows/aborts';
import { ecsOf, SERVICE, using } from '#test/support/flows/aws';
import { processesOf, processOf, variableOf } from '#test/support/flows/processes';
import { readServers, submitJob, untilFinal } from '#test/support/flows/records';
import { eventually, type System, startSystem } from '#test/support/flows/system';

const isFunction = ({ command }: { command: string }) => command.includes('runtime-main.ts');
const start = () => startSystem({ args: ['--like-aws', '--servers', '1', '--heartbeat-seconds', '1'] });
const PATIENCE = { limitMs: 60_000 };

let system: System;
beforeAll(async () => {
  system = await start();
});

/** A job runs to its end; then there are functions, most of them frozen. */
async function useSystem(): Promise<void> {
  const { jobId } = await submitJob(system, { tasks: [{ handler: 'echo' }] });
  await untilFinal(system, jobId, 20_000);
  expect(processesOf(system.port).filter(isFunction)).not.toEqual([]);
}

const onlyServer = () =>
  eventually(async () => {
    const [serverId, ...others] = await activeServers(system);
    return others.length === 0 && serverId;
  }, PATIENCE);

test('a system like AWS runs a job, and refuses in its words', async () => {
  await useSystem();
  const reply = await system.call('GET', '/jobs', { as: 'nobody' });
  expect(reply).toMatchObject({ status: 401, body: { message: 'Unauthorized' } });
  expect(system.output()).toContain('The seed of what happens by chance is 1 (LASTCALL_SEED).');
});

test('servers that start and die trip the circuit breaker, and the servers from before run on', async () => {
  const before = await onlyServer();
  const deployments = await using(ecsOf(system), async (ecs) => {
    // A server with a wrong setting says so and ends, before its first heartbeat.
    const environment = [{ name: 'LASTCALL_SLOTS', value: 'many' }];
    const containerDefinitions = [{ name: SERVICE.service, image: 'none', environment }];
    await ecs.send(new RegisterTaskDefinitionCommand({ family: SERVICE.service, containerDefinitions }));
    await ecs.send(new UpdateServiceCommand({ ...SERVICE, taskDefinition: SERVICE.service }));
    const read = new DescribeServicesCommand({ ...SERVICE, services: [SERVICE.service] });
    return await eventually(async () => {
      const [service] = (await ecs.send(read)).services ?? [];
      const isRolledBack = service?.deployments?.length === 1 && service.taskDefinition?.endsWith(':1');
      return isRolledBack && service?.deployments;
    }, PATIENCE);
  });
  expect(deployments).toMatchObject([{ rolloutState: 'COMPLETED', runningCount: 1 }]);
  expect(system.output().match(/LASTCALL_SLOTS/g)).toHaveLength(3);
  expect(system.output()).toContain('ecs: deployment ecs-svc/0000000000000000002 failed: tasks failed to start');
  expect(await onlyServer()).toBe(before);
  await useSystem();
});

test('a server whose heartbeat stands still fails its health check and is replaced', async () => {
  const before = await onlyServer();
  const { pid = 0 } = (await processOf(system.port, before)) ?? {};
  const file = join(variableOf(pid, 'TMPDIR'), HEARTBEAT_FILE);
  // It cannot write the file any more. Its beats in the store go on, so the reaper does not stop it.
  rmSync(file);
  mkdirSync(file);
  utimesSync(file, 0, 0);
  const stopped = await eventually(async () => {
    const server = (await readServers(system)).find(({ serverId }) => serverId === before);
    return server?.status === 'Stopped' && server;
  }, PATIENCE);
  expect(stopped).toMatchObject({
    stopCode: 'ServiceSchedulerInitiated',
    stopReason: 'Task failed container health checks',
    exitCode: 0,
  });
  expect(await onlyServer()).not.toBe(before);
  await useSystem();
});

test('it leaves nothing behind when it is stopped', async () => {
  expect(await system.stop()).toBe(0);
  expect(processesOf(system.port)).toEqual([]);
});

test('a system like AWS leaves nothing behind when it is killed', async () => {
  const killed = await start();
  await readServers(killed);
  expect(processesOf(killed.port).filter(isFunction)).not.toEqual([]);
  await killed.kill9();
  await eventually(() => processesOf(killed.port).length === 0);
});
