/** What the processes and the handlers themselves tell of a task abort. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Call } from '#test/support/flows/client';
import { processesInGroups, processOf, serversOf } from '#test/support/flows/processes';
import {
  Abort,
  cancelJob,
  expectReply,
  type Job,
  Plan,
  readServers,
  readTasks,
  submitJob,
  untilFinal,
  untilRunning,
} from '#test/support/flows/records';
import { eventually, type System, startSystem } from '#test/support/flows/system';
import { readRuns, WITNESS } from '#test/support/witness/runs';

jest.setTimeout(90_000);

const HEARTBEAT_SECONDS = 2;
const directory = mkdtempSync(join(tmpdir(), 'abort-tasks-'));
let system: System;
beforeAll(async () => {
  system = await startSystem({
    args: ['--servers', '2', '--slots', '4', '--heartbeat-seconds', String(HEARTBEAT_SECONDS), '--handlers', WITNESS],
  });
});
afterAll(async () => {
  await system.stop();
  rmSync(directory, { recursive: true, force: true });
});

/** A job that is Cancelling, with all of its tasks under way. */
async function cancelledWhileRunning(tasks: object[], call: Call = {}): Promise<Job> {
  const { jobId } = await submitJob(system, { tasks }, call);
  await untilRunning(system, jobId, tasks.length);
  return cancelJob(system, jobId);
}

function readPlan(jobId: string): Promise<Plan> {
  return expectReply(system, ['GET', `/jobs/${jobId}/abort-plan`], { schema: Plan });
}

async function abortTasks(jobId: string): Promise<Abort> {
  const { planId } = await readPlan(jobId);
  const body = { planId, reason: 'it does not end' };
  return expectReply(system, ['POST', `/jobs/${jobId}/abort`], { body, status: 202, schema: Abort });
}

const spin = (taskId: string) => ({ taskId, handler: 'spin', input: { seconds: 600 } });

test('the servers of tasks that spin are the same processes afterwards, and a bystander runs once, to its end', async () => {
  const file = join(directory, 'bystander');
  const { jobId: other } = await submitJob(system, { tasks: [{ handler: 'witness', input: { file, seconds: 12 } }] });
  await eventually(() => readRuns(file).length === 1);
  const { jobId } = await cancelledWhileRunning([spin('a'), spin('b'), spin('c')]);
  const before = serversOf(system.port).map(({ pid }) => pid);
  await abortTasks(jobId);
  expect(await untilFinal(system, jobId, 30_000)).toMatchObject({ status: 'Cancelled', taskCounts: { Cancelled: 3 } });
  expect(serversOf(system.port).map(({ pid }) => pid)).toEqual(before);
  expect((await readServers(system)).map(({ status }) => status)).toEqual(['Active', 'Active']);
  expect(await untilFinal(system, other, 30_000)).toMatchObject({ status: 'Finished' });
  expect(readRuns(file)).toMatchObject([{ attempt: 1, ended: true }]);
});

describe('a task in an unmanaged wait', () => {
  test('comes out of it in the same process of its server', async () => {
    const { jobId } = await cancelledWhileRunning([{ taskId: 'blocked', handler: 'block', input: { seconds: 8 } }]);
    const [server] = (await readServers(system)).filter(({ running }) => running.length > 0);
    const process = await processOf(system.port, server?.serverId ?? '');
    expect(process).toBeDefined();
    await abortTasks(jobId);
    expect(await untilFinal(system, jobId, 40_000)).toMatchObject({ taskCounts: { Cancelled: 1 } });
    expect(await processOf(system.port, server?.serverId ?? '')).toEqual(process);
  });

  test('is stopped with every process of it, where its handler asks for a process of its own', async () => {
    const { jobId } = await cancelledWhileRunning([
      { taskId: 'isolated', handler: 'block.isolated', input: { seconds: 601 } },
    ]);
    const { requestedAt } = await abortTasks(jobId);
    await untilFinal(system, jobId, 30_000);
    const [task] = await readTasks(system, jobId);
    const tookMs = Date.parse(task?.attempts[0]?.endedAt ?? '') - Date.parse(requestedAt);
    expect({ tookMs, isInTime: tookMs < HEARTBEAT_SECONDS * 2_000 + 1_000 }).toEqual({ tookMs, isInTime: true });
    const serverGroups = serversOf(system.port).map(({ groupId }) => groupId);
    expect(processesInGroups(serverGroups).filter(({ command }) => command.includes('601'))).toEqual([]);
  });
});
