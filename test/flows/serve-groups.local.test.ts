/** Batch groups and reserved slots: which servers take which tasks. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { makeDirectory } from '#test/support/flows/directory';
import { mostAtOnce, violationsAtEnd } from '#test/support/flows/invariants';
import {
  cancelJob,
  readJob,
  readServers,
  readTasks,
  submitJob,
  type Task,
  tasksOf,
  untilCount,
  untilFinal,
  untilRunning,
} from '#test/support/flows/records';
import { eventually, type System, startSystem } from '#test/support/flows/system';
import { release, WITNESS } from '#test/support/witness/runs';

const LIMIT_MS = 60_000;
const directory = makeDirectory('serve-groups');

let system: System;
beforeAll(async () => {
  const named = ['--batch-groups', 'day,night', '--handlers', WITNESS];
  system = await startSystem({ args: ['--servers', '1', '--slots', '4', '--reserved-slots', '2', ...named] });
});
afterAll(async () => {
  await system.stop();
});

test('servers of named groups run the tasks of these, also in jobs of several groups, and leave all others alone', async () => {
  const [server] = await eventually(async () => {
    const servers = await readServers(system);
    return servers.length > 0 && servers;
  });
  expect(server).toMatchObject({ batchGroups: ['day', 'night'], slots: 4 });
  const foreign = await submitJob(system, { batchGroup: 'noon', tasks: tasksOf(2, { handler: 'echo' }) });
  const mixed = await submitJob(system, {
    batchGroup: 'day',
    tasks: [
      ...tasksOf(3, { handler: 'echo' }, 'day'),
      ...tasksOf(3, { handler: 'echo', batchGroup: 'night' }, 'night'),
      ...tasksOf(3, { handler: 'echo', batchGroup: 'noon' }, 'noon'),
    ],
  });
  const own = await submitJob(system, { batchGroup: 'night', tasks: tasksOf(3, { handler: 'echo' }) });
  expect(await untilFinal(system, own.jobId, LIMIT_MS)).toMatchObject({ status: 'Finished' });
  await untilCount(system, mixed.jobId, { Finished: 6, Ready: 3 });
  expect((await readTasks(system, mixed.jobId, '&status=Ready')).map(({ taskId }) => taskId)).toEqual([
    'noon-0',
    'noon-1',
    'noon-2',
  ]);
  expect(await readJob(system, foreign.jobId)).toMatchObject({ status: 'Waiting', taskCounts: { Ready: 2 } });
  for (const { jobId } of [foreign, mixed]) {
    await cancelJob(system, jobId);
    const job = await untilFinal(system, jobId, LIMIT_MS);
    expect(violationsAtEnd(job, await readTasks(system, jobId))).toEqual([]);
  }
});

test('reserved slots stay free for jobs with ReservedCapacity, which may use the others too', async () => {
  const [first, second] = [join(directory, 'first'), join(directory, 'second')];
  const heldBy = (file: string) => ({ handler: 'witness', input: { file, kind: 'held' } });
  const normal = await submitJob(system, { batchGroup: 'day', tasks: tasksOf(6, heldBy(first)) });
  await untilRunning(system, normal.jobId, 2);
  const reserved = await submitJob(system, {
    batchGroup: 'day',
    priority: 'ReservedCapacity',
    tasks: tasksOf(2, heldBy(second)),
  });
  await untilRunning(system, reserved.jobId, 2);
  for (const file of [first, second]) release(file);
  await untilFinal(system, reserved.jobId, LIMIT_MS);
  await untilFinal(system, normal.jobId, LIMIT_MS);
  const [usual, urgent] = [await readTasks(system, normal.jobId), await readTasks(system, reserved.jobId)];
  expect(mostAtOnce(usual)).toBe(2);
  // The two reserved slots were free for them, though the backlog of the others was older and not empty.
  expect(startsOf(urgent).at(-1) ?? '~').toMatch(/^20/);
  expect((startsOf(urgent).at(-1) ?? '~') < (startsOf(usual).at(-1) ?? '')).toBe(true);

  const third = join(directory, 'third');
  const alone = await submitJob(system, {
    batchGroup: 'night',
    priority: 'ReservedCapacity',
    tasks: tasksOf(8, heldBy(third)),
  });
  await untilRunning(system, alone.jobId, 4);
  release(third);
  await untilFinal(system, alone.jobId, LIMIT_MS);
  expect(mostAtOnce(await readTasks(system, alone.jobId))).toBe(4);
});

test('many jobs of a group that no server serves do not keep those of a served group waiting', async () => {
  const mixedTasks = [
    { handler: 'echo', batchGroup: 'noon' },
    { handler: 'echo', batchGroup: 'dusk' },
  ];
  await Promise.all(Array.from({ length: 60 }, () => submitJob(system, { tasks: mixedTasks })));
  const tasks = [
    { handler: 'echo', batchGroup: 'day' },
    { handler: 'echo', batchGroup: 'night' },
  ];
  const { jobId } = await submitJob(system, { tasks });
  expect(await untilFinal(system, jobId, LIMIT_MS)).toMatchObject({ status: 'Finished' });
});

function startsOf(tasks: readonly Task[]): string[] {
  return tasks.flatMap(({ attempts }) => attempts.map(({ startedAt }) => startedAt)).sort();
}
