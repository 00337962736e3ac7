/** A restart is no failure: it uses up no retry. */
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { makeDirectory } from '#test/support/flows/directory';
import { violationsAtEnd } from '#test/support/flows/invariants';
import { processOf } from '#test/support/flows/processes';
import { readTasks, submitJob, untilFinal, untilRunning } from '#test/support/flows/records';
import { shareSystem } from '#test/support/flows/shared-system';
import type { SystemAt } from '#test/support/flows/system';
import { overlapsOf, readRuns } from '#test/support/witness/runs';

const LIMIT_MS = 60_000;
const directory = makeDirectory('retry-task');
let system: SystemAt;
beforeAll(async () => {
  system = await shareSystem();
});

test('a lost server is no failure of a restartable task: it runs again at once and still has all its retries', async () => {
  const file = join(directory, 'lost');
  const { jobId } = await submitJob(system, {
    tasks: [
      {
        taskId: 'moved',
        handler: 'witness',
        input: { file, seconds: 4, kind: 'fail' },
        restartable: true,
        maxRetries: 1,
      },
    ],
  });
  await untilRunning(system, jobId, 1);
  const [running] = await readTasks(system, jobId);
  const serverId = running?.serverId ?? '';
  const server = await processOf(system.port, serverId);
  expect(server).toBeDefined();
  process.kill(-(server?.groupId ?? 0), 'SIGKILL');
  const job = await untilFinal(system, jobId, LIMIT_MS);
  const [task] = await readTasks(system, jobId);
  expect(violationsAtEnd(job, task ? [task] : [])).toEqual([]);
  const ends = task?.attempts.map(({ outcome, cause }) => cause ?? outcome);
  // On a slow machine the first attempt has failed before its server is lost.
  expect(ends?.sort()).toEqual(['Error', 'Error', 'ServerLost']);
  expect(task).toMatchObject({ status: 'Error', failures: 2 });
  expect(overlapsOf(readRuns(file))).toEqual([]);
});
