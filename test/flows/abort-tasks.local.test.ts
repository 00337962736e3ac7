/** A task abort, seen in the processes and in what the handlers write down. */
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import {
  abortJob,
  cancelWhileRunning,
  expectWithin,
  readAbort,
  spinOf,
  switchFeature,
} from '#test/support/flows/aborts';
import { serversAtWork } from '#test/support/flows/any-system';
import { makeDirectory } from '#test/support/flows/directory';
import { processesInGroups, processOf, serversOf } from '#test/support/flows/processes';
import { readServers, readTasks, submitJob, untilFinal } from '#test/support/flows/records';
import { SHARED, shareSystem } from '#test/support/flows/shared-system';
import { eventually, type SystemAt } from '#test/support/flows/system';
import { readRuns, release } from '#test/support/witness/runs';

const directory = makeDirectory('abort-tasks');
let system: SystemAt;
beforeAll(async () => {
  system = await shareSystem();
  await switchFeature(system, false);
});

test('the servers of tasks that spin are the same processes afterwards, and a bystander runs once, to its end', async () => {
  const file = join(directory, 'bystander');
  const { jobId: other } = await submitJob(system, { tasks: [{ handler: 'witness', input: { file, kind: 'held' } }] });
  await eventually(() => readRuns(file).length === 1);
  const { jobId } = await cancelWhileRunning(system, [spinOf('a'), spinOf('b')]);
  const before = serversOf(system.port).map(({ pid }) => pid);
  await abortJob(system, jobId);
  expect(await untilFinal(system, jobId, 30_000)).toMatchObject({ status: 'Cancelled', taskCounts: { Cancelled: 2 } });
  expect(serversOf(system.port).map(({ pid }) => pid)).toEqual(before);
  expect(await serversAtWork(system)).toHaveLength(SHARED.servers);
  release(file);
  expect(await untilFinal(system, other, 30_000)).toMatchObject({ status: 'Finished' });
  expect(readRuns(file)).toMatchObject([{ attempt: 1, ended: true }]);
});

describe('a task in an unmanaged wait', () => {
  test('comes out of it in the same process of its server', async () => {
    const file = join(directory, 'blocked');
    const { jobId } = await cancelWhileRunning(system, [
      { taskId: 'blocked', handler: 'witness', input: { file, kind: 'held.block' } },
    ]);
    const [server] = (await readServers(system)).filter(({ running }) => running.length > 0);
    const process = await processOf(system.port, server?.serverId ?? '');
    expect(process).toBeDefined();
    const { abortId } = await abortJob(system, jobId);
    const waits = await eventually(async () => {
      const { tasks } = await readAbort(system, abortId);
      return tasks.find(({ waitingFor }) => waitingFor === 'UnmanagedWait');
    });
    expect(waits.doNext).toMatch(/EnhancedBatchAbort/);
    release(file);
    expect(await untilFinal(system, jobId, 40_000)).toMatchObject({ taskCounts: { Cancelled: 1 } });
    expect(await processOf(system.port, server?.serverId ?? '')).toEqual(process);
  });

  test('is stopped by a server abort, which takes the place of the task abort', async () => {
    const file = join(directory, 'blocked-for-good');
    const { jobId } = await cancelWhileRunning(system, [
      { taskId: 'blocked', handler: 'witness', input: { file, kind: 'held.block' } },
    ]);
    const first = await abortJob(system, jobId);
    await eventually(async () => (await readAbort(system, first.abortId)).tasks[0]?.waitingFor === 'UnmanagedWait');
    await switchFeature(system, true);
    const second = await abortJob(system, jobId).finally(() => switchFeature(system, false));
    expect(second).toMatchObject({ mode: 'server', status: 'Draining' });
    expect(await untilFinal(system, jobId, 60_000)).toMatchObject({ taskCounts: { Cancelled: 1 } });
    expect(await readAbort(system, first.abortId)).toMatchObject({
      status: 'Failed',
      failure: { reason: expect.stringContaining('A server abort') },
      tasks: [{ outcome: 'NotStopped' }],
    });
    await eventually(async () => (await readAbort(system, second.abortId)).status === 'Completed');
    await eventually(async () => (await serversAtWork(system)).length === SHARED.servers);
    release(file);
  });

  test('is stopped with every process of it, where its handler asks for a process of its own', async () => {
    const { jobId } = await cancelWhileRunning(system, [
      { taskId: 'isolated', handler: 'block.isolated', input: { seconds: 601 } },
    ]);
    const { requestedAt } = await abortJob(system, jobId);
    await untilFinal(system, jobId, 30_000);
    const [task] = await readTasks(system, jobId);
    expectWithin(SHARED.heartbeatSeconds * 2_000 + 1_000, requestedAt, task?.attempts[0]?.endedAt);
    const serverGroups = serversOf(system.port).map(({ groupId }) => groupId);
    expect(processesInGroups(serverGroups).filter(({ command }) => command.includes('601'))).toEqual([]);
  });
});
