import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { activeServers, expectWithin } from '#test/support/flows/aborts';
import { makeDirectory } from '#test/support/flows/directory';
import { violationsAtEnd, watchJob } from '#test/support/flows/invariants';
import { processesInGroups, processesOf, processOf, serversOf } from '#test/support/flows/processes';
import {
  cancelJob,
  readJob,
  readServers,
  readTasks,
  submitJob,
  type Task,
  tasksOf,
  untilFinal,
} from '#test/support/flows/records';
import { eventually, type System, startSystem } from '#test/support/flows/system';
import { overlapsOf, readRuns, release, WITNESS, type WitnessedRun } from '#test/support/witness/runs';

const SLOTS = 2;
const ARGS = ['--servers', '2', '--slots', String(SLOTS), '--heartbeat-seconds', '1', '--handlers', WITNESS];
const directory = makeDirectory('lose-server');
const data = join(directory, 'records');
let file: string;
let count = 0;
/** That of all tests; the last one kills it and starts another on its records. */
let system: System;
beforeAll(async () => {
  system = await start();
});
beforeEach(async () => {
  count += 1;
  file = join(directory, `witness-${count}`);
  await eventually(async () => (await activeServers(system)).length === 2, { limitMs: 30_000 });
});

function start(): Promise<System> {
  return startSystem({ args: ARGS, data });
}

/**
 * A task for each slot, half of them restartable, which run until they are released; and six that wait for one of them.
 * Returns the server of that one, and its process.
 */
async function submitForAllSlots() {
  const witness = { handler: 'witness', input: { file, kind: 'held' } };
  const tasks = [
    ...tasksOf(SLOTS, { ...witness, restartable: true }, 'again'),
    ...tasksOf(SLOTS, witness, 'once'),
    ...tasksOf(6, { handler: 'echo', dependsOn: [{ taskId: 'again-0', expected: 'Finished' }] }, 'later'),
  ];
  const { jobId } = await submitJob(system, { tasks });
  await eventually(() => readRuns(file).length === 2 * SLOTS, { limitMs: 30_000 });
  const submitted = await readTasks(system, jobId);
  const { serverId = '' } = submitted.find(({ taskId }) => taskId === 'again-0') ?? {};
  const { pid = 0 } = (await processOf(system.port, serverId)) ?? {};
  return { jobId, serverId, pid };
}

/** When the restartable tasks of the lost server run again, all that run are released. */
async function releaseWhenRestarted(restarts: number): Promise<void> {
  await eventually(() => readRuns(file).length === 2 * SLOTS + restarts, { limitMs: 60_000 });
  release(file);
}

/** How many of the tasks that the server ran may be restarted. */
async function countRestartable(system: System, jobId: string, serverId: string): Promise<number> {
  const tasks = await readTasks(system, jobId);
  return tasks.filter((task) => task.serverId === serverId && task.taskId.startsWith('again')).length;
}

/** Checks what became of each task that ran on a lost server. */
function expectSettled(tasks: readonly Task[], lostServers: readonly string[]): void {
  for (const { taskId, status, attempts } of tasks.filter((task) => !task.taskId.startsWith('later'))) {
    const [first, second] = attempts;
    const wasLost = lostServers.includes(first?.serverId ?? '');
    const lost = { attempt: 1, outcome: 'Interrupted', cause: 'ServerLost' };
    if (!wasLost) {
      expect([taskId, status, attempts.length, first?.outcome]).toEqual([taskId, 'Finished', 1, 'Finished']);
    } else if (taskId.startsWith('again')) {
      expect([taskId, status, attempts.length]).toEqual([taskId, 'Finished', 2]);
      expect([first, second]).toMatchObject([lost, { attempt: 2, outcome: 'Finished' }]);
      expect(lostServers).not.toContain(second?.serverId);
      expect((second?.startedAt ?? '') > (first?.endedAt ?? '~')).toBe(true);
    } else {
      expect([taskId, status, attempts]).toMatchObject([taskId, 'Error', [lost]]);
      expect(attempts).toHaveLength(1);
    }
  }
}

/** Each run that the handlers have written down is an attempt in the records, and the other way round. */
function expectWitnessed(runs: readonly WitnessedRun[], tasks: readonly Task[]): void {
  expect(overlapsOf(runs)).toEqual([]);
  const recorded = tasks
    .filter((task) => !task.taskId.startsWith('later'))
    .flatMap((task) => task.attempts.map(({ attempt, outcome }) => [task.taskId, attempt, outcome === 'Finished']));
  expect(runs.map((run) => [run.taskId, run.attempt, run.ended]).sort()).toEqual(recorded.sort());
}

describe('a server that is killed while all its slots run tasks', () => {
  test('loses nothing: restartable tasks run again elsewhere, the others are Error, and nothing runs twice at once', async () => {
    const { jobId, serverId, pid } = await submitForAllSlots();
    const watch = watchJob(system, jobId);
    const active = (await readServers(system)).filter(({ status }) => status === 'Active');
    expect(active.map(({ running }) => running.length)).toEqual([SLOTS, SLOTS]);
    const restarts = await countRestartable(system, jobId, serverId);
    const killedAt = new Date().toISOString();
    process.kill(pid, 'SIGKILL');
    await releaseWhenRestarted(restarts);

    const job = await untilFinal(system, jobId, 60_000);
    expect((await watch.end()).violations).toEqual([]);
    const tasks = await readTasks(system, jobId);
    expect(violationsAtEnd(job, tasks)).toEqual([]);
    expectSettled(tasks, [serverId]);
    expectWitnessed(readRuns(file), tasks);
    expect(job.status).toBe(tasks.some((task) => task.status === 'Error') ? 'Error' : 'Finished');

    const again = tasks.flatMap((task) => task.attempts.filter(({ attempt }) => attempt === 2));
    const settled = tasks.flatMap((task) => task.attempts.filter(({ cause }) => cause === 'ServerLost'));
    expect(settled).toHaveLength(SLOTS);
    // Three heartbeats of a second and the time that their absence takes to be noticed.
    for (const { endedAt } of settled) expectWithin(8_000, killedAt, endedAt);
    expect(again.every(({ startedAt }) => startedAt > killedAt)).toBe(true);
    const servers = await readServers(system);
    expect(servers.find((server) => server.serverId === serverId)).toMatchObject({ status: 'Stopped', exitCode: 137 });
    expect(servers.filter(({ status }) => status === 'Active')).toHaveLength(2);
  });

  test('leaves its Cancelling tasks Cancelled, never to run again, and the job at its end', async () => {
    const { jobId } = await submitForAllSlots();
    await cancelJob(system, jobId);
    for (const { pid } of serversOf(system.port)) process.kill(pid, 'SIGKILL');
    const job = await untilFinal(system, jobId, 60_000);
    const tasks = await readTasks(system, jobId);
    expect(violationsAtEnd(job, tasks)).toEqual([]);
    expect(job).toMatchObject({ status: 'Cancelled', taskCounts: { Cancelled: 2 * SLOTS, NotRun: 6 } });
    expect(readRuns(file)).toHaveLength(2 * SLOTS);
  });
});

test('a halted server is fenced before anything of it runs again, also when it comes back to life meanwhile', async () => {
  const { jobId, serverId, pid } = await submitForAllSlots();
  const restarts = await countRestartable(system, jobId, serverId);
  process.kill(pid, 'SIGSTOP');
  await eventually(async () => (await readServers(system)).some(({ status }) => status === 'Lost'), {
    limitMs: 40_000,
  });
  // It goes on, but it was asked to stop and has lost its lease.
  process.kill(pid, 'SIGCONT');
  await releaseWhenRestarted(restarts);
  const job = await untilFinal(system, jobId, 90_000);
  const tasks = await readTasks(system, jobId);
  expect(violationsAtEnd(job, tasks)).toEqual([]);
  const runs = readRuns(file);
  expect(overlapsOf(runs)).toEqual([]);
  expect(
    tasks.filter((task) => task.attempts[0]?.serverId === serverId && !task.taskId.startsWith('later')),
  ).toHaveLength(SLOTS);
  // What it brought to its end before its stop was proven is true, and stands.
  const inTime = tasks.filter((task) => task.attempts.length === 1 && task.status === 'Finished');
  const ended = new Set(runs.filter((run) => run.ended).map(({ taskId }) => taskId));
  expect(inTime.filter(({ taskId }) => !taskId.startsWith('later') && !ended.has(taskId))).toEqual([]);
  expectSettled(
    tasks.filter((task) => !inTime.includes(task)),
    [serverId],
  );
  expect(processesInGroups([pid])).toEqual([]);
});

test('the whole system killed and started with the same records goes on: nothing is lost, nothing runs twice at once', async () => {
  const first = system;
  const { jobId } = await submitForAllSlots();
  const held = await submitJob(first, { name: 'held', hold: true, tasks: tasksOf(3, { handler: 'echo' }) });
  const servers = await readServers(first);
  const groups = serversOf(first.port).map(({ groupId }) => groupId);
  await first.kill9();
  // The servers end with their host, whether or not a next one starts.
  await eventually(() => [...processesOf(first.port), ...processesInGroups(groups)].length === 0);

  const second = await start();
  await releaseWhenRestarted(SLOTS);
  const job = await untilFinal(second, jobId, 90_000);
  const tasks = await readTasks(second, jobId);
  expect(violationsAtEnd(job, tasks)).toEqual([]);
  expectSettled(
    tasks,
    servers.map(({ serverId }) => serverId),
  );
  expectWitnessed(readRuns(file), tasks);
  expect(job).toMatchObject({ status: 'Error', taskCounts: { Finished: SLOTS + 6, Error: SLOTS } });
  expect(await readJob(second, held.jobId)).toMatchObject({ status: 'Withhold', taskCounts: { Ready: 3 } });
  const after = await readServers(second);
  for (const { serverId } of servers) {
    expect(after.find((server) => server.serverId === serverId)).toMatchObject({ status: 'Stopped' });
  }
  expect(await second.stop()).toBe(0);
  expect(readdirSync(data)).not.toContain('lock');
  expect(processesOf(second.port)).toEqual([]);
});
