/** A failed task is tried again: when, how often, and what its record keeps of each attempt. */
import { beforeAll, expect, test } from '@jest/globals';
import { type AnySystem, openSystem } from '#test/support/flows/any-system';
import { violationsAtEnd, watchJob } from '#test/support/flows/invariants';
import { readServers, readTasks, submitJob, type Task, untilFinal } from '#test/support/flows/records';
import { eventually } from '#test/support/flows/system';

const LIMIT_MS = 60_000;
let system: AnySystem;
beforeAll(async () => {
  system = await openSystem();
});

test('each retry waits longer than the one before, in its record and not in a sleeping server', async () => {
  const { jobId } = await submitJob(system, {
    tasks: [{ taskId: 'flaky', handler: 'fail', input: { times: 3, message: 'not yet' }, maxRetries: 5 }],
  });
  const watch = watchJob(system, jobId);
  const waiting = await eventually(async () => {
    const [task] = await readTasks(system, jobId);
    return task?.status === 'Ready' && task.attempts.length > 1 && task;
  });
  expect(waiting.attempts[0]).toMatchObject({ outcome: 'Error', error: { name: 'Error', message: 'not yet' } });
  expect(waiting).not.toHaveProperty('serverId');
  // The index of what servers hold may lag.
  await eventually(async () => {
    const held = (await readServers(system)).flatMap(({ running }) => running);
    return held.every((run) => run.jobId !== jobId);
  });

  const job = await untilFinal(system, jobId, LIMIT_MS);
  expect((await watch.end()).violations).toEqual([]);
  const [task] = await readTasks(system, jobId);
  expect(violationsAtEnd(job, task ? [task] : [])).toEqual([]);
  expect(task).toMatchObject({ status: 'Finished', failures: 3 });
  expect(task?.attempts.map(({ outcome }) => outcome)).toEqual(['Error', 'Error', 'Error', 'Finished']);
  // 1, 2 and 4 seconds; the upper half of each is random.
  const pauses = pausesOf(task);
  expect(pauses).toHaveLength(3);
  expect(pauses.map((pause, index) => pause >= 0.5 * 2 ** index)).toEqual([true, true, true]);
});

test('a task that waits for its retry takes no slot, and a cancel makes it NotRun at once and keeps its attempts', async () => {
  const { jobId } = await submitJob(system, {
    tasks: Array.from({ length: 16 }, (_, index) => ({ taskId: `t${index}`, handler: 'fail', maxRetries: 20 })),
  });
  await eventually(async () => (await readTasks(system, jobId)).every((task) => task.attempts.length >= 3), {
    limitMs: LIMIT_MS,
  });
  const other = await submitJob(system, { tasks: [{ handler: 'echo' }] });
  expect(await untilFinal(system, other.jobId, LIMIT_MS)).toMatchObject({ status: 'Finished' });
  expect((await system.call('POST', `/jobs/${jobId}/cancel`, { body: {} })).status).toBe(202);
  const job = await untilFinal(system, jobId, LIMIT_MS);
  const tasks = await readTasks(system, jobId);
  expect(job.status).toBe('Cancelled');
  expect(violationsAtEnd(job, tasks)).toEqual([]);
  // Those that were just running have failed by themselves, without another retry.
  for (const { status, attempts } of tasks) {
    expect(['NotRun', 'Error']).toContain(status);
    expect(attempts.every(({ outcome }) => outcome === 'Error')).toBe(true);
  }
});

test('a time-out is counted for each attempt, and is a failure like others', async () => {
  const { jobId } = await submitJob(system, {
    tasks: [
      { taskId: 'slow', handler: 'sleep', input: { seconds: 600 }, timeoutSeconds: 0.4, maxRetries: 1 },
      { taskId: 'optional', handler: 'fail', ignoreFailure: true, maxRetries: 1 },
      { taskId: 'after', handler: 'echo', dependsOn: [{ taskId: 'optional', expected: 'Finished' }] },
    ],
  });
  const job = await untilFinal(system, jobId, LIMIT_MS);
  const tasks = await readTasks(system, jobId);
  expect(violationsAtEnd(job, tasks)).toEqual([]);
  expect(job.status).toBe('Error');
  const [after, optional, slow] = tasks;
  expect(slow).toMatchObject({ taskId: 'slow', status: 'Error', failures: 2 });
  expect(slow?.attempts.map(({ error }) => error?.name)).toEqual(['TimedOut', 'TimedOut']);
  for (const { startedAt, endedAt = '' } of slow?.attempts ?? []) {
    expect(Date.parse(endedAt) - Date.parse(startedAt)).toBeGreaterThanOrEqual(400);
  }
  // To ignore a failure is for the job to do, not for those that wait for the task to finish.
  expect([optional?.status, optional?.attempts.length, after?.status]).toEqual(['Error', 2, 'NotRun']);
});

/** The seconds between the end of each attempt and the start of the next. */
function pausesOf(task: Task | undefined): number[] {
  const attempts = task?.attempts ?? [];
  return attempts
    .slice(1)
    .map(({ startedAt }, index) => (Date.parse(startedAt) - Date.parse(attempts[index]?.endedAt ?? '')) / 1000);
}
