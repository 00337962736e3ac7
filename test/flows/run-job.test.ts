import { beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { type AnySystem, openSystem } from '#test/support/flows/any-system';
import { mostAtOnce, violationsAtEnd, watchJob } from '#test/support/flows/invariants';
import {
  expectReply,
  jobSchema,
  readJob,
  readServers,
  readTasks,
  submitJob,
  tasksOf,
  untilFinal,
} from '#test/support/flows/records';

let system: AnySystem;
beforeAll(async () => {
  system = await openSystem();
});

const itemsSchema = z.object({ items: z.array(z.looseObject({ at: z.string(), type: z.string() })) });

test('a job of 200 tasks that sleep 0.2 s ends Finished, each with one attempt, and several servers had their part', async () => {
  const { jobId } = await submitJob(system, { tasks: tasksOf(200, { handler: 'sleep', input: { seconds: 0.2 } }) });
  const watch = watchJob(system, jobId);
  const job = await untilFinal(system, jobId, 60_000);
  const { violations, samples } = await watch.end();
  const tasks = await readTasks(system, jobId);
  expect({ status: job.status, counts: job.taskCounts, violations }).toEqual({
    status: 'Finished',
    counts: { Waiting: 0, Ready: 0, Executing: 0, Cancelling: 0, Finished: 200, Error: 0, NotRun: 0, Cancelled: 0 },
    violations: [],
  });
  expect(violationsAtEnd(job, tasks)).toEqual([]);
  expect(tasks.filter((task) => task.attempts.length !== 1)).toEqual([]);
  expect(tasks.filter((task) => task.attempts[0]?.outcome !== 'Finished')).toEqual([]);
  const used = new Set(tasks.map((task) => task.attempts[0]?.serverId));
  const servers = await readServers(system);
  expect(used.difference(new Set(servers.map(({ serverId }) => serverId)))).toEqual(new Set());
  expect(used.size).toBeGreaterThanOrEqual(2);
  expect(mostAtOnce(tasks)).toBeLessThanOrEqual(Math.max(...servers.map(({ slots }) => slots)));
  expect(samples).toBeGreaterThan(3);
});

describe('a task that fails', () => {
  test('is tried again as often as it may be, and no more', async () => {
    const fail = (taskId: string, times: number, maxRetries: number) => ({
      taskId,
      handler: 'fail',
      input: { times, message: 'not yet' },
      maxRetries,
    });
    const { jobId } = await submitJob(system, { tasks: [fail('in-time', 1, 2), fail('too-late', 3, 1)] });
    const watch = watchJob(system, jobId);
    const job = await untilFinal(system, jobId, 25_000);
    expect((await watch.end()).violations).toEqual([]);
    const tasks = await readTasks(system, jobId);
    expect(violationsAtEnd(job, tasks)).toEqual([]);
    const shown = tasks.map(({ taskId, status, attempts }) => [taskId, status, attempts.map(({ outcome }) => outcome)]);
    expect([job.status, ...shown]).toEqual([
      'Error',
      ['in-time', 'Finished', ['Error', 'Finished']],
      ['too-late', 'Error', ['Error', 'Error']],
    ]);
    expect(tasks[1]?.attempts.at(-1)?.error).toEqual({ name: 'Error', message: 'not yet' });
  });

  test('does not fail its job when its failure is to be ignored', async () => {
    const tasks = [{ handler: 'fail', ignoreFailure: true }, { handler: 'echo' }];
    const { jobId } = await submitJob(system, { tasks });
    expect(await untilFinal(system, jobId, 10_000)).toMatchObject({
      status: 'Finished',
      taskCounts: { Finished: 1, Error: 1 },
    });
  });

  test('says why: no server has its handler, its input is wrong, or its time is over', async () => {
    const tasks = [
      { taskId: 'a', handler: 'nobody.has.this' },
      { taskId: 'b', handler: 'sleep', input: { hours: 1 } },
      { taskId: 'c', handler: 'sleep', input: { seconds: 600 }, timeoutSeconds: 0.3 },
      { taskId: 'd', handler: 'spin', input: { seconds: 600 }, timeoutSeconds: 0.3 },
      { taskId: 'e', handler: 'block.isolated', input: { seconds: 600 }, timeoutSeconds: 0.3 },
    ];
    const { jobId } = await submitJob(system, { tasks });
    const job = await untilFinal(system, jobId, 90_000);
    const ended = await readTasks(system, jobId);
    expect(violationsAtEnd(job, ended)).toEqual([]);
    expect(ended.map((task) => [task.taskId, task.status, task.attempts[0]?.error?.name])).toEqual([
      ['a', 'Error', 'UnknownHandler'],
      ['b', 'Error', 'InvalidInput'],
      ['c', 'Error', 'TimedOut'],
      ['d', 'Error', 'TimedOut'],
      ['e', 'Error', 'TimedOut'],
    ]);
  });
});

test('a task starts when its dependencies have ended as expected, and never runs if they cannot', async () => {
  const after = (taskId: string, expected: string, ...on: string[]) => ({
    taskId,
    handler: 'sleep',
    input: { seconds: 0.1 },
    dependsOn: on.map((each) => ({ taskId: each, expected })),
  });
  const { jobId } = await submitJob(system, {
    tasks: [
      { taskId: 'a-good', handler: 'sleep', input: { seconds: 0.3 } },
      { taskId: 'b-bad', handler: 'fail', ignoreFailure: true },
      after('c-after-good', 'Finished', 'a-good'),
      after('d-after-bad', 'Error', 'b-bad'),
      after('e-never', 'Finished', 'b-bad'),
      after('f-after-never', 'FinishedOrError', 'e-never'),
      { ...after('g-any', 'Finished', 'b-bad', 'a-good'), dependencyCondition: 'Any' },
      after('h-both', 'FinishedOrError', 'a-good', 'b-bad'),
    ],
  });
  const watch = watchJob(system, jobId);
  const job = await untilFinal(system, jobId, 15_000);
  expect((await watch.end()).violations).toEqual([]);
  const tasks = await readTasks(system, jobId);
  expect(violationsAtEnd(job, tasks)).toEqual([]);
  expect([job.status, ...tasks.map((task) => `${task.taskId} ${task.status} ${task.attempts.length}`)]).toEqual([
    'Finished',
    'a-good Finished 1',
    'b-bad Error 1',
    'c-after-good Finished 1',
    'd-after-bad Finished 1',
    'e-never NotRun 0',
    'f-after-never NotRun 0',
    'g-any Finished 1',
    'h-both Finished 1',
  ]);
  const [good] = tasks;
  for (const taskId of ['c-after-good', 'g-any', 'h-both']) {
    const [attempt] = tasks.find((task) => task.taskId === taskId)?.attempts ?? [];
    expect(attempt?.startedAt ?? '').toMatch(/^20/);
    expect((attempt?.startedAt ?? '') >= (good?.attempts[0]?.endedAt ?? '~')).toBe(true);
  }
});

test('a submission that is repeated with its Idempotency-Key, also ten times at once, is one job', async () => {
  const [key, name] = [crypto.randomUUID(), `only once ${crypto.randomUUID()}`];
  const body = { name, tasks: tasksOf(20, { handler: 'echo' }) };
  const submit = (sent: object = body) =>
    system.call('POST', '/jobs', { body: sent, headers: { 'idempotency-key': key } });
  const replies = await Promise.all(Array.from({ length: 10 }, () => submit()));
  const accepted = replies.filter(({ status }) => status === 201);
  expect(new Set(replies.map(({ status }) => status)).difference(new Set([201, 503]))).toEqual(new Set());
  expect(new Set(accepted.map((reply) => jobSchema.parse(reply.body).jobId)).size).toBe(1);
  expect(await submit()).toMatchObject({ status: 201, body: accepted[0] && { name } });
  const other = await submit({ ...body, name: `${name}, another` });
  expect(other).toMatchObject({ status: 409, body: { code: 'IdempotencyKeyReused' } });
  const { items } = await expectReply(system, ['GET', '/jobs?limit=1000'], {
    schema: z.object({ items: z.array(jobSchema) }),
  });
  const jobs = items.filter((job) => job.name.startsWith(name));
  expect(jobs).toHaveLength(1);
  expect((await untilFinal(system, jobs[0]?.jobId ?? '', 10_000)).taskCounts.Finished).toBe(20);
});

test('the events of a job show who submitted it, from where, and how it ended', async () => {
  const { by, from } = await system.callerOf('BatchUser');
  const { jobId } = await submitJob(system, { tasks: [{ handler: 'echo' }] }, { as: 'BatchUser' });
  await untilFinal(system, jobId, 10_000);
  const { items } = await expectReply(system, ['GET', `/jobs/${jobId}/events`], { schema: itemsSchema });
  expect(items).toMatchObject([{ type: 'JobSubmitted', by, from }, { type: 'JobExecuting' }, { type: 'JobFinished' }]);
  expect(items.map(({ at }) => at)).toEqual(items.map(({ at }) => at).sort());
  expect(await readJob(system, jobId)).toMatchObject({ createdBy: by, status: 'Finished' });
});
