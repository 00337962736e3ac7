import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { submitJob, tasksOf, untilFinal } from '#test/support/flows/records';
import { type System, startSystem } from '#test/support/flows/system';
import { overlapsOf, readRuns, WITNESS } from '#test/support/witness/runs';

const SLOTS = 4;
const directory = mkdtempSync(join(tmpdir(), 'run-job-'));
let system: System;
beforeAll(async () => {
  system = await startSystem({ args: ['--servers', '2', '--slots', String(SLOTS), '--handlers', WITNESS] });
});
afterAll(async () => {
  await system.stop();
  rmSync(directory, { recursive: true, force: true });
});

test('each of 100 handlers truly runs once, by what the handlers themselves have written down', async () => {
  const file = join(directory, 'once');
  const { jobId } = await submitJob(system, {
    tasks: tasksOf(100, { handler: 'witness', input: { file, seconds: 0 } }),
  });
  await untilFinal(system, jobId, 15_000);
  const runs = readRuns(file);
  expect(overlapsOf(runs)).toEqual([]);
  expect(runs.map((run) => [run.taskId, run.attempt, run.ended]).sort()).toEqual(
    Array.from({ length: 100 }, (_, index) => [`task-${index}`, 1, true]).sort(),
  );
});
