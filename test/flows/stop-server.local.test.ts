import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ECSClient, StopTaskCommand } from '@aws-sdk/client-ecs';
import { afterAll, expect, jest, test } from '@jest/globals';
import { violationsAtEnd } from '#test/support/flows/invariants';
import { processesOf } from '#test/support/flows/processes';
import { readJob, readServers, readTasks, submitJob, untilFinal, untilRunning } from '#test/support/flows/records';
import { eventually, type System, startSystem } from '#test/support/flows/system';
import { overlapsOf, readRuns, WITNESS } from '#test/support/witness/runs';

jest.setTimeout(120_000);

// A server whose beats come late on a busy machine would be lost instead of stopped.
const ARGS = ['--servers', '1', '--slots', '4', '--heartbeat-seconds', '5', '--handlers', WITNESS];
const directory = mkdtempSync(join(tmpdir(), 'stop-server-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function stopTask({ port }: System, task: string): Promise<void> {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const ecs = new ECSClient({ endpoint: `http://127.0.0.1:${port + 3}`, region: 'us-east-1', credentials });
  await ecs.send(new StopTaskCommand({ cluster: 'lastcall', task, reason: 'deployment' }));
  ecs.destroy();
}

test('a server that ECS stops lets its tasks end, hands back the rest, claims nothing more, and exits with 0', async () => {
  const system = await startSystem({ args: ARGS });
  const file = join(directory, 'stopped');
  const witness = (seconds: number) => ({ handler: 'witness', input: { file, seconds } });
  const { jobId } = await submitJob(system, {
    tasks: [
      { taskId: 'ends', ...witness(6) },
      { taskId: 'long', ...witness(13), restartable: true },
      { taskId: 'once', ...witness(30) },
      { taskId: 'spins', handler: 'spin', input: { seconds: 12 }, restartable: true },
      { taskId: 'then', handler: 'echo', dependsOn: [{ taskId: 'ends', expected: 'Finished' }] },
    ],
  });
  await untilRunning(system, jobId, 4);
  const [server] = await readServers(system);
  const serverId = server?.serverId ?? '';
  await stopTask(system, serverId);

  const job = await untilFinal(system, jobId, 60_000);
  const tasks = await readTasks(system, jobId);
  expect(violationsAtEnd(job, tasks)).toEqual([]);
  const stopped = { attempt: 1, serverId, outcome: 'Interrupted', cause: 'ServerStopped' };
  expect([job.status, ...tasks]).toMatchObject([
    'Error',
    { taskId: 'ends', status: 'Finished', attempts: [{ serverId, outcome: 'Finished' }] },
    { taskId: 'long', status: 'Finished', attempts: [stopped, { attempt: 2, outcome: 'Finished' }] },
    { taskId: 'once', status: 'Error', cause: 'ServerStopped', attempts: [stopped] },
    { taskId: 'spins', status: 'Finished', attempts: [stopped, { attempt: 2, outcome: 'Finished' }] },
    { taskId: 'then', status: 'Finished', attempts: [{ outcome: 'Finished' }] },
  ]);
  expect(overlapsOf(readRuns(file))).toEqual([]);
  const record = await eventually(async () => {
    const found = (await readServers(system)).find((each) => each.serverId === serverId);
    return found?.status === 'Stopped' && found;
  });
  expect(record).toMatchObject({ exitCode: 0, running: [] });
  const others = tasks.flatMap((task) => task.attempts).filter((attempt) => attempt.serverId !== serverId);
  expect(others).toHaveLength(3);
  expect(others.every(({ startedAt }) => startedAt > String(record.stoppedAt))).toBe(true);
  expect(await system.stop()).toBe(0);
});

test('the whole system, stopped while a task cannot be, leaves no process and no lock, and goes on when it starts again', async () => {
  const data = join(directory, 'records');
  const first = await startSystem({ args: ARGS, data });
  const file = join(directory, 'all');
  const { jobId } = await submitJob(first, {
    tasks: [
      { taskId: 'long', handler: 'witness', input: { file, seconds: 15 }, restartable: true },
      { taskId: 'native', handler: 'block', input: { seconds: 15 }, restartable: true },
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
  const job = await untilFinal(second, jobId, 60_000);
  const tasks = await readTasks(second, jobId);
  expect(violationsAtEnd(job, tasks)).toEqual([]);
  expect([job.status, ...tasks.map((task) => [task.taskId, task.status, task.attempts.length])]).toEqual([
    'Error',
    ['long', 'Finished', 2],
    ['native', 'Finished', 2],
    ['once', 'Error', 1],
  ]);
  expect(overlapsOf(readRuns(file))).toEqual([]);
  expect(await second.stop()).toBe(0);
  expect(processesOf(second.port)).toEqual([]);
});
