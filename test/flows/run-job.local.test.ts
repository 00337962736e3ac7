import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { makeDirectory } from '#test/support/flows/directory';
import { submitJob, tasksOf, untilFinal } from '#test/support/flows/records';
import { shareSystem } from '#test/support/flows/shared-system';
import type { SystemAt } from '#test/support/flows/system';
import { overlapsOf, readRuns } from '#test/support/witness/runs';

const directory = makeDirectory('run-job');
let system: SystemAt;
beforeAll(async () => {
  system = await shareSystem();
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
