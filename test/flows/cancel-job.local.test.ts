/** What the handlers themselves tell of a cancel. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { violationsAtEnd } from '#test/support/flows/invariants';
import {
  cancelJob,
  readTasks,
  submitJob,
  tasksOf,
  untilCount,
  untilFinal,
  untilRunning,
} from '#test/support/flows/records';
import { eventually, type System, startSystem } from '#test/support/flows/system';
import { readRuns, WITNESS } from '#test/support/witness/runs';

jest.setTimeout(90_000);

const SLOTS = 8;
const directory = mkdtempSync(join(tmpdir(), 'cancel-job-'));
let system: System;
beforeAll(async () => {
  system = await startSystem({ args: ['--servers', '2', '--slots', '4', '--handlers', WITNESS] });
});
afterAll(async () => {
  await system.stop();
  rmSync(directory, { recursive: true, force: true });
});

test('of 10,000 tasks of which 8 run none starts after the answer, and the 8 come to their own end', async () => {
  const TOTAL = 10_000;
  const file = join(directory, 'large');
  const task = { handler: 'witness', input: { file, seconds: 15 } };
  const { jobId } = await submitJob(system, { tasks: tasksOf(TOTAL, task) });
  await eventually(() => readRuns(file).length === SLOTS, { limitMs: 30_000 });
  await untilCount(system, jobId, { Executing: SLOTS });
  expect(await cancelJob(system, jobId)).toMatchObject({
    status: 'Cancelling',
    taskCounts: { Ready: 0, Executing: 0, Cancelling: SLOTS, NotRun: TOTAL - SLOTS },
  });
  const cancelledMs = Date.now();
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
}, 180_000);

test('one that fails after the cancel is an Error, and is not tried again', async () => {
  const file = join(directory, 'mixed');
  const tasks = [{ taskId: 'bad', handler: 'witness', input: { file, seconds: 5, kind: 'fail' }, maxRetries: 5 }];
  const { jobId } = await submitJob(system, { tasks });
  await untilRunning(system, jobId, 1);
  await cancelJob(system, jobId);
  const job = await untilFinal(system, jobId, 30_000);
  const ended = await readTasks(system, jobId);
  expect(violationsAtEnd(job, ended)).toEqual([]);
  expect([job.status, ended[0]?.status, ended[0]?.attempts.length]).toEqual(['Cancelled', 'Error', 1]);
  expect(readRuns(file)).toMatchObject([{ attempt: 1, ended: true }]);
});
