/** How the number of servers changes while all of them run tasks. */
import { join } from 'node:path';
import { DescribeServicesCommand, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { expect, test } from '@jest/globals';
import { activeServers } from '#test/support/flows/aborts';
import { ecsOf, SERVICE, using } from '#test/support/flows/aws';
import { makeDirectory } from '#test/support/flows/directory';
import { violationsAtEnd } from '#test/support/flows/invariants';
import { readServers, readTasks, submitJob, untilFinal, untilRunning } from '#test/support/flows/records';
import { eventually, type System, startSystem } from '#test/support/flows/system';
import { release, WITNESS } from '#test/support/witness/runs';

const directory = makeDirectory('scale-in');
/** Longer than a server that is stopped lets its tasks go on. */
const SECONDS = 12;

test('a scale-in from outside interrupts no task, and takes the server that is idle first', async () => {
  const system = await startSystem({ args: ['--servers', '2', '--slots', '1', '--heartbeat-seconds', '5'] });
  await eventually(async () => (await activeServers(system)).length === 2);
  const task = { handler: 'sleep', input: { seconds: SECONDS } };
  const { jobId } = await submitJob(system, { tasks: [task, task] });
  await untilRunning(system, jobId, 2);
  await setDesired(system, 1);

  const job = await untilFinal(system, jobId, 60_000);
  const tasks = await readTasks(system, jobId);
  expect(violationsAtEnd(job, tasks)).toEqual([]);
  expect(tasks.map(({ status, attempts }) => [status, attempts.length])).toEqual(Array(2).fill(['Finished', 1]));
  await eventually(async () => (await activeServers(system)).length === 1, { limitMs: 30_000 });
  const stopped = (await readServers(system)).filter(({ status }) => status === 'Stopped');
  expect(stopped).toMatchObject([{ exitCode: 0 }]);
  expect(await system.stop()).toBe(0);
}, 120_000);

test('an elastic fleet grows for what waits, and never has fewer servers than are busy', async () => {
  const args = ['--servers', '0', '--wake-servers', '2', '--slots', '1', '--heartbeat-seconds', '1'];
  const system = await startSystem({ args: [...args, '--handlers', WITNESS] });
  const file = join(directory, 'held');
  const task = { handler: 'witness', input: { file, kind: 'held' } };
  const first = await submitJob(system, { tasks: [task] });
  await untilRunning(system, first.jobId, 1);
  const second = await submitJob(system, { tasks: [task] });
  await untilRunning(system, second.jobId, 1);
  expect(await activeServers(system)).toHaveLength(2);
  await setDesired(system, 1);
  await eventually(async () => (await desiredOf(system)) === 2, { limitMs: 30_000 });
  release(file);
  for (const { jobId } of [first, second]) {
    expect((await untilFinal(system, jobId, 60_000)).status).toBe('Finished');
    expect((await readTasks(system, jobId)).map(({ attempts }) => attempts.length)).toEqual([1]);
  }
  expect(await system.stop()).toBe(0);
}, 180_000);

function setDesired(system: System, desiredCount: number) {
  return using(ecsOf(system), (ecs) => ecs.send(new UpdateServiceCommand({ ...SERVICE, desiredCount })));
}

function desiredOf(system: System): Promise<number | undefined> {
  return using(ecsOf(system), async (ecs) => {
    const { services } = await ecs.send(new DescribeServicesCommand({ ...SERVICE, services: [SERVICE.service] }));
    return services?.[0]?.desiredCount;
  });
}
