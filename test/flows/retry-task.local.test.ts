/** A restart is no failure: it uses up no retry. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { violationsAtEnd } from '#test/support/flows/invariants';
import { processOf } from '#test/support/flows/processes';
import { readTasks, submitJob, untilCount, untilFinal } from '#test/support/flows/records';
import { type System, startSystem } from '#test/support/flows/system';
import { overlapsOf, readRuns, WITNESS } from '#test/support/witness/runs';

const LIMIT_MS = 60_000;
const directory = mkdtempSync(join(tmpdir(), 'retry-task-'));
let system: System;
beforeAll(async () => {
  system = await startSystem({
    args: ['--servers', '2', '--slots', '4', '--heartbeat-seconds', '1', '--handlers', WITNESS],
  });
});
afterAll(async () => {
  await system.stop();
  rmSync(directory, { recursive: true, force: true });
});

test(
  'a lost server is no failure of a restartable task: it runs again at once and still has all its retries',
  async () => {
    const file = join(directory, 'lost');
    const { jobId } = await submitJob(system, {
      tasks: [
        {
          taskId: 'moved',
          handler: 'witness',
          input: { file, seconds: 2.5, kind: 'fail' },
          restartable: true,
          maxRetries: 1,
        },
      ],
    });
    await untilCount(system, jobId, { Executing: 1 });
    const [running] = await readTasks(system, jobId);
    const serverId = running?.serverId ?? '';
    const server = await processOf(system.port, serverId);
    expect(server).toBeDefined();
    process.kill(-(server?.groupId ?? 0), 'SIGKILL');
    const job = await untilFinal(system, jobId, LIMIT_MS);
    const [task] = await readTasks(system, jobId);
    expect(violationsAtEnd(job, task ? [task] : [])).toEqual([]);
    expect(task?.attempts.map(({ outcome, cause }) => cause ?? outcome)).toEqual(['ServerLost', 'Error', 'Error']);
    expect(task).toMatchObject({ status: 'Error', failures: 2 });
    expect(overlapsOf(readRuns(file))).toEqual([]);
  },
  LIMIT_MS,
);
