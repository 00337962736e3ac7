/** A server abort comes to its end, and nothing runs twice, even if a server or the whole system dies on the way. */
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import {
  ABORT_LIMIT_MS,
  abortJob,
  activeServers,
  msBetween,
  onlyTask,
  readAbort,
  runCancelled,
  runTask,
  switchFeature,
  untilEnded,
  untilReplaced,
} from '#test/support/flows/aborts';
import { historyOf } from '#test/support/flows/aws';
import { makeDirectory } from '#test/support/flows/directory';
import { violatedAttempts } from '#test/support/flows/invariants';
import { processesInGroups, processOf, serversOf } from '#test/support/flows/processes';
import { readJob, type Task, untilFinal } from '#test/support/flows/records';
import { eventually, type System, startSystem } from '#test/support/flows/system';
import { overlapsOf, readRuns, release, WITNESS } from '#test/support/witness/runs';

/** No trial here waits for its end. */
const DRAIN_SECONDS = 300;

const directory = makeDirectory('abort-crash');
let system: System;
let witnessed: string;
let count = 0;
let groups: number[] = [];
beforeAll(async () => {
  await start();
  await switchFeature(system, true);
});
beforeEach(async () => {
  count += 1;
  witnessed = join(directory, `witnessed-${count}`);
  await eventually(async () => (await activeServers(system)).length === 1, { limitMs: ABORT_LIMIT_MS });
});
// What the test has killed has left no process behind.
afterEach(() => eventually(() => processesInGroups(groups).length === 0));
afterAll(async () => void (await system.stop()));

async function start(): Promise<void> {
  const limits = [
    '--servers',
    '1',
    '--slots',
    '3',
    '--heartbeat-seconds',
    '1',
    '--drain-seconds',
    String(DRAIN_SECONDS),
  ];
  system = await startSystem({ data: join(directory, 'data'), args: [...limits, '--handlers', WITNESS] });
}

/**
 * A stuck job's task and two bystanders, one restartable and one not, that run until they are released; and an abort of
 * the stuck one that drains.
 */
async function drain() {
  const input = { file: witnessed, kind: 'held' };
  const restartable = await runTask(system, { taskId: 'restartable', handler: 'witness', input, restartable: true });
  const other = await runTask(system, { taskId: 'other', handler: 'witness', input });
  const stuck = await runCancelled(system);
  const { abortId } = await abortJob(system, stuck.jobId);
  groups = serversOf(system.port).map(({ groupId }) => groupId);
  await eventually(async () =>
    (await historyOf(system, await arnOf(abortId))).some(({ type }) => type === 'TaskSubmitted'),
  );
  return { restartable, other, stuck, abortId };
}

async function arnOf(abortId: string): Promise<string | undefined> {
  return (await readAbort(system, abortId)).executionArn;
}

/**
 * Nothing ran twice, by the handlers' own word and by the records; the stuck job is cancelled, the others have ended.
 */
async function expectSettled(tasks: { restartable: Task; other: Task; stuck: Task }): Promise<void> {
  const { restartable, other, stuck } = tasks;
  expect(await untilFinal(system, stuck.jobId, 20_000)).toMatchObject({ status: 'Cancelled' });
  expect(await untilFinal(system, restartable.jobId, 40_000)).toMatchObject({ status: 'Finished' });
  await untilFinal(system, other.jobId, 20_000);
  for (const { jobId } of [restartable, other, stuck]) {
    expect(violatedAttempts(await onlyTask(system, jobId))).toEqual([]);
  }
  expect(overlapsOf(readRuns(witnessed))).toEqual([]);
}

test('a server that dies by itself during the drain is not waited for: all is settled, and the abort completes', async () => {
  const tasks = await drain();
  const { abortId, other, restartable, stuck } = tasks;
  const process_ = await processOf(system.port, stuck.serverId ?? '');
  expect(process_).toBeDefined();
  if (process_) process.kill(process_.pid, 'SIGKILL');
  release(witnessed);
  const ended = await untilEnded(system, abortId);
  expect(ended).toMatchObject({ status: 'Completed', tasks: [{ outcome: 'Cancelled' }] });
  expect(msBetween(ended.endedAt, ended.drainDeadline)).toBeGreaterThan(0);
  const { timeline } = await untilReplaced(system, abortId);
  const types = timeline.map(({ type }) => type);
  expect(types.filter((type) => !['ReplacementSeen', 'Completed'].includes(type))).toEqual([
    'Requested',
    'Draining',
    'ContainerStopped',
    'Settled',
  ]);
  expect(types).toEqual(expect.arrayContaining(['ReplacementSeen', 'Completed']));
  await expectSettled(tasks);
  // It was no abort that ended these runs.
  const lost = { outcome: 'Interrupted', cause: 'ServerLost' };
  expect((await onlyTask(system, other.jobId)).attempts).toMatchObject([lost]);
  expect((await onlyTask(system, restartable.jobId)).attempts).toMatchObject([
    lost,
    { attempt: 2, outcome: 'Finished' },
  ]);
  expect(await readJob(system, other.jobId)).toMatchObject({ status: 'Error' });
});

test('after a kill of the whole system during the drain the abort completes, and nothing runs twice', async () => {
  const tasks = await drain();
  await system.kill9();
  await eventually(() => processesInGroups(groups).length === 0);
  await start();
  release(witnessed);
  const ended = await untilEnded(system, tasks.abortId);
  expect(ended).toMatchObject({ status: 'Completed', tasks: [{ outcome: 'Cancelled' }] });
  expect(msBetween(ended.endedAt, ended.drainDeadline)).toBeGreaterThan(0);
  await expectSettled(tasks);
  const history = await historyOf(system, ended.executionArn);
  expect(history.map(({ id }) => id)).toEqual(history.map((_, index) => index + 1));
  expect(history.at(-1)).toMatchObject({ type: 'ExecutionSucceeded' });
});

test('after a kill of the whole system during the stop the abort completes, and nothing runs twice', async () => {
  const tasks = await drain();
  release(witnessed);
  await eventually(async () => (await readAbort(system, tasks.abortId)).servers[0]?.stopRequestedAt, {
    limitMs: 40_000,
  });
  await system.kill9();
  await eventually(() => processesInGroups(groups).length === 0);
  await start();
  const ended = await untilEnded(system, tasks.abortId);
  expect(ended).toMatchObject({ status: 'Completed', tasks: [{ outcome: 'Cancelled' }] });
  expect(ended.timeline.filter(({ type }) => type === 'StopRequested')).toHaveLength(1);
  await expectSettled(tasks);
  // Both had come to their own end before the stop.
  for (const { jobId } of [tasks.restartable, tasks.other]) {
    expect((await onlyTask(system, jobId)).attempts).toMatchObject([{ attempt: 1, outcome: 'Finished' }]);
  }
});
