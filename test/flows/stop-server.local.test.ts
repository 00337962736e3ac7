import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { StopTaskCommand } from '@aws-sdk/client-ecs';
import { beforeAll, expect, test } from '@jest/globals';
import { ecsOf, using } from '#test/support/flows/aws';
import { makeDirectory } from '#test/support/flows/directory';
import { violationsAtEnd } from '#test/support/flows/invariants';
import { processesOf } from '#test/support/flows/processes';
import { readJob, readServers, readTasks, submitJob, untilFinal, untilRunning } from '#test/support/flows/records';
import { eventually, type System, startSystem } from '#test/support/flows/system';
import { overlapsOf, readRuns, release, WITNESS } from '#test/support/witness/runs';

// A server whose beats come late on a busy machine would be lost instead of stopped.
const ARGS = ['--servers', '1', '--slots', '4', '--heartbeat-seconds', '5', '--handlers', WITNESS];
const directory = makeDirectory('stop-server');
const data = join(directory, 'records');
let first: System;
beforeAll(async () => {
  first = await startSystem({ args: ARGS, data });
});

const heldBy = (file: string, kind = 'held') => ({ handler: 'witness', input: { file: join(directory, file), kind } });

test('a server that ECS stops lets its tasks end, hands back the rest, claims nothing more, and exits with 0', async () => {
  const { jobId } = await submitJob(first, {
    tasks: [
      { taskId: 'ends', ...heldBy('short') },
      { taskId: 'long', ...heldBy('long'), restartable: true },
      { taskId: 'once', ...heldBy('long') },
      { taskId: 'spins', ...heldBy('long', 'held.spin'), restartable: true },
      { taskId: 'then', handler: 'echo', dependsOn: [{ taskId: 'ends', expected: 'Finished' }] },
    ],
  });
  await untilRunning(first, jobId, 4);
  const [server] = await readServers(first);
  const serverId = server?.serverId ?? '';
  const stop = new StopTaskCommand({ cluster: 'lastcall', task: serverId, reason: 'deployment' });
  await using(ecsOf(first), (ecs) => ecs.send(stop));
  release(join(directory, 'short'));
  const record = await eventually(
    async () => (await readServers(first)).find((each) => each.serverId === serverId && each.status === 'Stopped'),
    { limitMs: 30_000 },
  );
  expect(record).toMatchObject({ exitCode: 0, running: [] });
  release(join(directory, 'long'));

  const job = await untilFinal(first, jobId, 60_000);
  const tasks = await readTasks(first, jobId);
  expect(violationsAtEnd(job, tasks)).toEqual([]);
  const stopped = {
    attempt: 1,
    serverId,
    outcome: 'Interrupted',
    cause: 'ServerStopped',
    reason: expect.stringContaining('SIGTERM'),
  };
  expect([job.status, ...tasks]).toMatchObject([
    'Error',
    { taskId: 'ends', status: 'Finished', attempts: [{ serverId, outcome: 'Finished' }] },
    { taskId: 'long', status: 'Finished', attempts: [stopped, { attempt: 2, outcome: 'Finished' }] },
    { taskId: 'once', status: 'Error', cause: 'ServerStopped', attempts: [stopped] },
    { taskId: 'spins', status: 'Finished', attempts: [stopped, { attempt: 2, outcome: 'Finished' }] },
    { taskId: 'then', status: 'Finished', attempts: [{ outcome: 'Finished' }] },
  ]);
  for (const file of ['short', 'long']) expect(overlapsOf(readRuns(join(directory, file)))).toEqual([]);
  const others = tasks.flatMap((task) => task.attempts).filter((attempt) => attempt.serverId !== serverId);
  expect(others).toHaveLength(3);
  const again = tasks.filter(({ attempts }) => attempts.length > 1);
  expect(again.every(({ attempts: [first, second] }) => String(first?.endedAt) <= String(second?.startedAt))).toBe(
    true,
  );
});

test('the whole system leaves no process and no lock when it is stopped, even with a task that cannot be stopped, and goes on when it starts again', async () => {
  const { jobId } = await submitJob(first, {
    tasks: [
      { taskId: 'long', ...heldBy('all'), restartable: true },
      { taskId: 'native', ...heldBy('all', 'held.block'), restartable: true },
      { taskId: 'once', handler: 'block.isolated', input: { seconds: 600 } },
    ],
  });
  await untilRunning(first, jobId, 3);
  expect(await first.stop()).toBe(0);
  expect(processesOf(first.port)).toEqual([]);
  expect(readdirSync(data).filter((name) => /lock|scratch/.test(name))).toEqual([]);

  const second = await startSystem({ args: ARGS, data });
  const { status } = await readJob(second, jobId);
  expect(status).toBe('Executing');
  await untilRunning(second, jobId, 2);
  release(join(directory, 'all'));
  const job = await untilFinal(second, jobId, 60_000);
  const tasks = await readTasks(second, jobId);
  expect(violationsAtEnd(job, tasks)).toEqual([]);
  expect([job.status, ...tasks.map((task) => [task.taskId, task.status, task.attempts.length])]).toEqual([
    'Error',
    ['long', 'Finished', 2],
    ['native', 'Finished', 2],
    ['once', 'Error', 1],
  ]);
  expect(overlapsOf(readRuns(join(directory, 'all')))).toEqual([]);
  expect(await second.stop()).toBe(0);
  expect(processesOf(second.port)).toEqual([]);
});
