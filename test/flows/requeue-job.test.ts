/** A job that has ended runs again: all of it, or what has not Finished; what it did before is kept. */
import { beforeAll, expect, test } from '@jest/globals';
import type { Role } from '#domain/roles';
import { type AnySystem, openSystem } from '#test/support/flows/any-system';
import { violationsAtEnd } from '#test/support/flows/invariants';
import {
  cancelJob,
  expectReply,
  jobSchema,
  readJob,
  readTasks,
  submitJob,
  type Task,
  tasksOf,
  untilFinal,
} from '#test/support/flows/records';
import { eventually } from '#test/support/flows/system';

const LIMIT_MS = 60_000;
let system: AnySystem;
beforeAll(async () => {
  system = await openSystem();
});

const requeue = (jobId: string, body?: object) =>
  expectReply(system, ['POST', `/jobs/${jobId}/requeue`], { ...(body ? { body } : {}), schema: jobSchema });

/** One that finishes, one that fails once and then finishes, and what depends on each of them. */
const TASKS = [
  { taskId: 'a-good', handler: 'echo', input: 'good' },
  { taskId: 'b-flaky', handler: 'fail', input: { times: 1 } },
  { taskId: 'c-after', handler: 'echo', dependsOn: [{ taskId: 'b-flaky', expected: 'Finished' }] },
  { taskId: 'd-rescue', handler: 'echo', dependsOn: [{ taskId: 'b-flaky', expected: 'Error' }] },
];

test('of a failed job what has not Finished runs again, and dependencies are judged anew', async () => {
  const { jobId } = await submitJob(system, { tasks: TASKS });
  expect(await untilFinal(system, jobId, LIMIT_MS)).toMatchObject({ status: 'Error', run: 1 });
  expect(shownOf(await readTasks(system, jobId))).toEqual([
    'a-good Finished 1',
    'b-flaky Error 1',
    'c-after NotRun 0',
    'd-rescue Finished 1',
  ]);

  expect(await requeue(jobId, { scope: 'NotFinished' })).toMatchObject({ run: 2 });
  const job = await untilFinal(system, jobId, LIMIT_MS);
  const tasks = await readTasks(system, jobId);
  expect(job).toMatchObject({ status: 'Finished', run: 2 });
  expect(violationsAtEnd(job, tasks)).toEqual([]);
  expect(shownOf(tasks)).toEqual([
    'a-good Finished 1',
    'b-flaky Finished 2',
    'c-after Finished 1',
    'd-rescue Finished 1',
  ]);
  expect(tasks[1]?.attempts.map(({ outcome }) => outcome)).toEqual(['Error', 'Finished']);
});

test('with scope All everything runs again, by its dependencies, and earlier attempts are kept', async () => {
  const { jobId } = await submitJob(system, { tasks: TASKS });
  await untilFinal(system, jobId, LIMIT_MS);
  await requeue(jobId, { scope: 'All' });
  const job = await untilFinal(system, jobId, LIMIT_MS);
  const tasks = await readTasks(system, jobId);
  expect(job).toMatchObject({ status: 'Finished', run: 2 });
  expect(violationsAtEnd(job, tasks)).toEqual([]);
  expect(shownOf(tasks)).toEqual([
    'a-good Finished 2',
    'b-flaky Finished 2',
    'c-after Finished 1',
    'd-rescue NotRun 1',
  ]);
  expect(tasks[0]).toMatchObject({ result: 'good' });
  expect(tasks[3]).not.toHaveProperty('result');
});

test('a cancelled job runs again without a trace of its cancel, and can be cancelled again', async () => {
  const tasks = tasksOf(20, { handler: 'sleep', input: { seconds: 600, cooperative: true } });
  const { jobId } = await submitJob(system, { tasks });
  await untilSomeRun(jobId);
  await cancelJob(system, jobId, 'first');
  const cancelled = await untilFinal(system, jobId, LIMIT_MS);
  expect(cancelled).toMatchObject({ status: 'Cancelled', cancel: { reason: 'first' } });
  const again = await requeue(jobId);
  expect(again.cancel).toBeUndefined();
  expect(again.endedAt).toBeUndefined();
  await untilSomeRun(jobId);
  await cancelJob(system, jobId, 'second');
  const job = await untilFinal(system, jobId, LIMIT_MS);
  expect(job).toMatchObject({ status: 'Cancelled', run: 2, cancel: { reason: 'second' } });
  expect(violationsAtEnd(job, await readTasks(system, jobId))).toEqual([]);
});

test('a large job is requeued by a workflow, and its failures count anew', async () => {
  const flaky = tasksOf(260, { handler: 'fail', input: { times: 1 } });
  const { jobId } = await submitJob(system, { tasks: flaky });
  expect((await untilFinal(system, jobId, LIMIT_MS)).taskCounts.Error).toBe(260);
  await requeue(jobId);
  const job = await untilFinal(system, jobId, LIMIT_MS);
  const tasks = await readTasks(system, jobId);
  expect(job).toMatchObject({ status: 'Finished', run: 2, taskCounts: { Finished: 260 } });
  expect(violationsAtEnd(job, tasks)).toEqual([]);
  expect(tasks.every(({ attempts }) => attempts.length === 2)).toBe(true);
});

test('a job of which nothing is in scope ends at once as it was, and an open one cannot be requeued', async () => {
  const { jobId } = await submitJob(system, { tasks: tasksOf(2, { handler: 'echo' }) });
  await untilFinal(system, jobId, LIMIT_MS);
  await requeue(jobId);
  const job = await untilFinal(system, jobId, LIMIT_MS);
  expect(job).toMatchObject({ status: 'Finished', run: 2, taskCounts: { Finished: 2 } });
  expect((await readTasks(system, jobId)).map(({ attempts }) => attempts.length)).toEqual([1, 1]);
  const held = await submitJob(system, { hold: true, tasks: tasksOf(1, { handler: 'echo' }) });
  const refused = await system.call('POST', `/jobs/${held.jobId}/requeue`);
  expect(refused).toMatchObject({ status: 409, body: { code: 'WrongStatus', currentStatus: 'Withhold' } });
});

test('only its owner or a manager requeues a job, and only an administrator a system job', async () => {
  const own = await submitJob(system, { tasks: [{ handler: 'echo' }] }, { as: 'BatchUser' });
  const another = await submitJob(system, { tasks: [{ handler: 'echo' }] }, { as: 'BatchJobManager' });
  const systemJob = await submitJob(system, { system: true, tasks: [{ handler: 'echo' }] });
  for (const { jobId } of [own, another, systemJob]) await untilFinal(system, jobId, LIMIT_MS);
  const statusOf = async (jobId: string, as: Role) => {
    const { status } = await system.call('POST', `/jobs/${jobId}/requeue`, { as });
    await untilFinal(system, jobId, LIMIT_MS);
    return status;
  };
  expect(await statusOf(another.jobId, 'BatchUser')).toBe(403);
  expect(await statusOf(own.jobId, 'BatchUser')).toBe(200);
  expect(await statusOf(own.jobId, 'BatchJobManager')).toBe(200);
  expect(await statusOf(systemJob.jobId, 'BatchJobManager')).toBe(403);
  expect(await statusOf(systemJob.jobId, 'SystemAdministrator')).toBe(200);
});

/** While some of its tasks run and others do not yet, it is cancelled in the middle. */
async function untilSomeRun(jobId: string): Promise<void> {
  await eventually(async () => {
    const { status, taskCounts } = await readJob(system, jobId);
    return status === 'Executing' && Number(taskCounts.Executing) > 0;
  });
}

function shownOf(tasks: readonly Task[]): string[] {
  return tasks.map(({ taskId, status, attempts }) => `${taskId} ${status} ${attempts.length}`);
}
