/** A cancel, seen in what the handlers write down. */
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { makeDirectory } from '#test/support/flows/directory';
import { violationsAtEnd } from '#test/support/flows/invariants';
import { cancelJob, readTasks, submitJob, tasksOf, untilFinal, untilRunning } from '#test/support/flows/records';
import { SHARED, shareSystem } from '#test/support/flows/shared-system';
import { eventually, type SystemAt } from '#test/support/flows/system';
import { readRuns, release } from '#test/support/witness/runs';

const SLOTS = SHARED.servers * SHARED.slots;
const directory = makeDirectory('cancel-job');
let system: SystemAt;
beforeAll(async () => {
  system = await shareSystem();
});

test('after the answer no task starts any more, and the 8 that run come to their own end', async () => {
  const TOTAL = 2_000;
  const file = join(directory, 'large');
  const task = { handler: 'witness', input: { file, kind: 'held' } };
  const { jobId } = await submitJob(system, { tasks: tasksOf(TOTAL, task) });
  await eventually(() => readRuns(file).length === SLOTS, { limitMs: 30_000 });
  await untilRunning(system, jobId, SLOTS);
  expect(await cancelJob(system, jobId)).toMatchObject({
    status: 'Cancelling',
    taskCounts: { Ready: 0, Executing: 0, Cancelling: SLOTS, NotRun: TOTAL - SLOTS },
  });
  const cancelledMs = Date.now();
  release(file);
  const job = await untilFinal(system, jobId, 120_000);
  const tasks = await readTasks(system, jobId);
  expect([job.status, job.taskCounts.Finished, job.taskCounts.NotRun]).toEqual(['Cancelled', SLOTS, TOTAL - SLOTS]);
  expect(violationsAtEnd(job, tasks)).toEqual([]);
  const attempted = tasks.filter(({ attempts }) => attempts.length > 0);
  const runs = readRuns(file);
  expect(runs.map((run) => [run.taskId, run.ended]).sort()).toEqual(
    attempted.map(({ taskId }) => [taskId, true]).sort(),
  );
  expect(runs.filter((run) => run.firstMs > cancelledMs)).toEqual([]);
});

test('a task that fails after the cancel is an Error, and is not tried again', async () => {
  const file = join(directory, 'mixed');
  const tasks = [{ taskId: 'bad', handler: 'witness', input: { file, seconds: 4, kind: 'fail' }, maxRetries: 5 }];
  const { jobId } = await submitJob(system, { tasks });
  await untilRunning(system, jobId, 1);
  await cancelJob(system, jobId);
  const job = await untilFinal(system, jobId, 30_000);
  const ended = await readTasks(system, jobId);
  expect(violationsAtEnd(job, ended)).toEqual([]);
  expect([job.status, ended[0]?.status, ended[0]?.attempts.length]).toEqual(['Cancelled', 'Error', 1]);
  expect(readRuns(file)).toMatchObject([{ attempt: 1, ended: true }]);
});
