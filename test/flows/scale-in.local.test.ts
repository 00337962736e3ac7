/** The number of servers is lowered while all of them run tasks. */
import { UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { expect, test } from '@jest/globals';
import { activeServers } from '#test/support/flows/aborts';
import { ecsOf, using } from '#test/support/flows/aws';
import { violationsAtEnd } from '#test/support/flows/invariants';
import { readServers, readTasks, submitJob, untilFinal, untilRunning } from '#test/support/flows/records';
import { eventually, startSystem } from '#test/support/flows/system';

/** Longer than a server that is stopped lets its tasks go on. */
const SECONDS = 12;

test('a scale-in from outside interrupts no task, and takes the server that is idle first', async () => {
  const system = await startSystem({ args: ['--servers', '2', '--slots', '2', '--heartbeat-seconds', '5'] });
  await eventually(async () => (await activeServers(system)).length === 2);
  const task = { handler: 'sleep', input: { seconds: SECONDS } };
  const { jobId } = await submitJob(system, { tasks: [task, task, task, task] });
  await untilRunning(system, jobId, 4);
  const service = { cluster: 'lastcall', service: 'batch-server', desiredCount: 1 };
  await using(ecsOf(system), (ecs) => ecs.send(new UpdateServiceCommand(service)));

  const job = await untilFinal(system, jobId, 60_000);
  const tasks = await readTasks(system, jobId);
  expect(violationsAtEnd(job, tasks)).toEqual([]);
  expect(tasks.map(({ status, attempts }) => [status, attempts.length])).toEqual(Array(4).fill(['Finished', 1]));
  await eventually(async () => (await activeServers(system)).length === 1, { limitMs: 30_000 });
  const stopped = (await readServers(system)).filter(({ status }) => status === 'Stopped');
  expect(stopped).toMatchObject([{ exitCode: 0 }]);
  expect(await system.stop()).toBe(0);
}, 120_000);
