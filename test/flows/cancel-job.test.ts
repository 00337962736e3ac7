import { beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { type AnySystem, countFreeSlots, openSystem } from '#test/support/flows/any-system';
import { violatedCounts, violationsAtEnd, watchJob } from '#test/support/flows/invariants';
import {
  cancelJob,
  expectReply,
  hasStarted,
  jobSchema,
  readJob,
  readServers,
  readTasks,
  submitJob,
  taskSchema,
  tasksOf,
  untilFinal,
  untilRunning,
} from '#test/support/flows/records';
import { eventually } from '#test/support/flows/system';

let system: AnySystem;
beforeAll(async () => {
  system = await openSystem();
});

const listedSchema = z.object({ items: z.array(z.unknown()) });
const eventsSchema = z.object({ items: z.array(z.looseObject({ at: z.string(), type: z.string() })) });

describe('a cancel of a job of several shards, while its tasks run on all slots', () => {
  const TOTAL = 3_000;
  const CANCELLER = 'SystemAdministrator';
  let running: number;
  let jobId: string;
  let cancelledAt: string;

  beforeAll(async () => {
    const half = (prefix: string) => tasksOf(TOTAL / 2, { handler: 'sleep', input: { seconds: 15 } }, prefix);
    ({ jobId } = await submitJob(system, { hold: true, tasks: half('first') }));
    const body = { tasks: half('second') };
    await expectReply(system, ['POST', `/jobs/${jobId}/tasks`], { body, status: 201, schema: jobSchema });
    await expectReply(system, ['POST', `/jobs/${jobId}/release`], { schema: jobSchema });
    running = await untilAllRun();
  });

  /** How many tasks of ours run, once no slot is free and all of ours have started. */
  async function untilAllRun(): Promise<number> {
    return await eventually(
      async () => {
        const free = await countFreeSlots(system);
        const own = (await readServers(system)).flatMap((server) =>
          server.running.filter((run) => run.jobId === jobId),
        );
        if (free === 0 && own.length > 0 && own.every(hasStarted)) return own.length;
        throw new Error(`${free} slots are free still, ${own.length} tasks of the job run.`);
      },
      { limitMs: 30_000 },
    );
  }

  // How long the answer takes is for `npm run bench -- large-job`.
  test('answers with the counts as they will be', async () => {
    const job = await cancelJob(system, jobId, 'wrong month');
    cancelledAt = new Date().toISOString();
    expect(job).toMatchObject({
      status: 'Cancelling',
      taskCounts: { Ready: 0, Executing: 0, Cancelling: running, NotRun: TOTAL - running },
      cancel: { requestedBy: (await system.callerOf(CANCELLER)).by, reason: 'wrong month' },
    });
  });

  test('after it no read shows a task that may still start', async () => {
    for (const status of ['Ready', 'Waiting', 'Executing']) {
      const { items } = await expectReply(system, ['GET', `/jobs/${jobId}/tasks?status=${status}&limit=1000`], {
        schema: listedSchema,
      });
      expect([status, items]).toEqual([status, []]);
    }
    const job = await readJob(system, jobId);
    expect([job.taskCounts.Ready, job.taskCounts.Waiting, job.taskCounts.Executing]).toEqual([0, 0, 0]);
    expect(violatedCounts(job)).toEqual([]);
    const task = await expectReply(system, ['GET', `/jobs/${jobId}/tasks/second-0`], { schema: taskSchema });
    expect(task.status).toBe('NotRun');
    const held = (await readServers(system)).flatMap((server) => server.running).filter((task) => task.jobId === jobId);
    expect(held.filter(({ status }) => status !== 'Cancelling')).toEqual([]);
    const listed = await readTasks(system, jobId);
    const startable = listed.filter(({ status }) => ['Ready', 'Waiting', 'Executing'].includes(status));
    expect(startable.slice(0, 3)).toEqual([]);
    expect(listed.filter(({ status }) => status === 'NotRun')).toHaveLength(TOTAL - running);
    expect(listed).toHaveLength(TOTAL);
  });

  test('ends with those Finished, all others NotRun, the job Cancelled, and nothing started after the answer', async () => {
    const job = await untilFinal(system, jobId, 120_000);
    const tasks = await readTasks(system, jobId);
    expect([job.status, job.taskCounts.Finished, job.taskCounts.NotRun]).toEqual([
      'Cancelled',
      running,
      TOTAL - running,
    ]);
    expect(violationsAtEnd(job, tasks)).toEqual([]);
    const attempted = tasks.filter((task) => task.attempts.length > 0);
    expect(attempted.map((task) => task.status)).toEqual(Array.from({ length: running }, () => 'Finished'));
    expect(attempted.filter((task) => (task.attempts[0]?.startedAt ?? '') > cancelledAt)).toEqual([]);
    const caller = await system.callerOf(CANCELLER);
    const { items } = await expectReply(system, ['GET', `/jobs/${jobId}/events`], { schema: eventsSchema });
    expect(items).toMatchObject([
      { type: 'JobSubmitted' },
      { type: 'TasksAdded', tasks: TOTAL / 2, taskTotal: TOTAL },
      { type: 'JobReleased' },
      { type: 'JobExecuting' },
      { type: 'JobCancelling', ...caller, reason: 'wrong month' },
      { type: 'JobCancelled' },
    ]);
  });
});

describe('a job whose tasks have not started is Cancelled at once', () => {
  test('while it is held', async () => {
    const { jobId } = await submitJob(system, { hold: true, tasks: tasksOf(30, { handler: 'echo' }) });
    const job = await cancelJob(system, jobId);
    expect(job).toMatchObject({ status: 'Cancelled', taskCounts: { NotRun: 30, Ready: 0 } });
    expect(violationsAtEnd(job, await readTasks(system, jobId))).toEqual([]);
  });

  test('while it waits, for servers that serve its batch group or for its time', async () => {
    const startAt = new Date(Date.now() + 3_600_000).toISOString();
    const { jobId, status } = await submitJob(system, { startAt, tasks: tasksOf(30, { handler: 'echo' }) });
    expect(status).toBe('Waiting');
    expect(await cancelJob(system, jobId)).toMatchObject({ status: 'Cancelled', taskCounts: { NotRun: 30 } });
  });
});

test('tasks that have started run to their own end, Finished or Error, and those that depend on them never run', async () => {
  const dependsOn = [{ taskId: 'good', expected: 'FinishedOrError' }];
  const { jobId } = await submitJob(system, {
    tasks: [
      { taskId: 'good', handler: 'sleep', input: { seconds: 8 } },
      { taskId: 'bad', handler: 'sleep', input: { seconds: 600 }, timeoutSeconds: 8, maxRetries: 5 },
      { taskId: 'told', handler: 'sleep', input: { seconds: 600, cooperative: true } },
      { taskId: 'waits', handler: 'echo', dependsOn },
    ],
  });
  await untilRunning(system, jobId, 3);
  const watch = watchJob(system, jobId);
  expect((await cancelJob(system, jobId)).taskCounts).toMatchObject({ Cancelling: 3, NotRun: 1 });
  const job = await untilFinal(system, jobId, 30_000);
  expect((await watch.end()).violations).toEqual([]);
  const tasks = await readTasks(system, jobId);
  expect(violationsAtEnd(job, tasks)).toEqual([]);
  expect([job.status, ...tasks.map((task) => [task.taskId, task.status, task.attempts.length])]).toEqual([
    'Cancelled',
    ['bad', 'Error', 1],
    ['good', 'Finished', 1],
    // It heard of the cancel and ended ten minutes early.
    ['told', 'Finished', 1],
    ['waits', 'NotRun', 0],
  ]);
  expect(tasks.find((task) => task.taskId === 'told')?.result).toMatchObject({ cooperated: true });
});

describe('a cancel is refused', () => {
  test('while the job is Cancelling, and when it has ended, with the status in the answer', async () => {
    const { jobId } = await submitJob(system, { tasks: [{ handler: 'sleep', input: { seconds: 8 } }] });
    await untilRunning(system, jobId, 1);
    await cancelJob(system, jobId);
    const again = () => system.call('POST', `/jobs/${jobId}/cancel`, { body: {} });
    expect(await again()).toMatchObject({
      status: 409,
      body: { code: 'WrongStatus', detail: expect.stringContaining('status Cancelling ') },
    });
    await untilFinal(system, jobId, 20_000);
    expect(await again()).toMatchObject({
      status: 409,
      body: { code: 'WrongStatus', detail: expect.stringContaining('status Cancelled ') },
    });
    const { jobId: other } = await submitJob(system, { tasks: [{ handler: 'echo' }] });
    await untilFinal(system, other, 20_000);
    const late = await system.call('POST', `/jobs/${other}/cancel`, { body: {} });
    expect(late).toMatchObject({
      status: 409,
      body: { code: 'WrongStatus', detail: expect.stringContaining('status Finished ') },
    });
    expect(await readJob(system, other)).not.toHaveProperty('cancel');
  });

  test('of a system job, by anyone; only a SystemAdministrator may submit one', async () => {
    const body = { name: 'upkeep', system: true, hold: true, tasks: [{ handler: 'echo' }] };
    for (const as of ['BatchUser', 'BatchJobManager'] as const) {
      expect(await system.call('POST', '/jobs', { body, as })).toMatchObject({
        status: 403,
        body: { code: 'Forbidden' },
      });
    }
    const { jobId } = await submitJob(system, body);
    for (const as of ['BatchJobManager', 'SystemAdministrator'] as const) {
      const refused = await system.call('POST', `/jobs/${jobId}/cancel`, { body: {}, as });
      expect([as, refused]).toMatchObject([as, { status: 409, body: { code: 'SystemJob', jobId } }]);
    }
    expect(await readJob(system, jobId)).toMatchObject({ status: 'Withhold', system: true, taskCounts: { Ready: 1 } });
    // It cannot be cancelled, but it can end.
    await expectReply(system, ['POST', `/jobs/${jobId}/release`], { schema: jobSchema });
    expect(await untilFinal(system, jobId, 20_000)).toMatchObject({ status: 'Finished' });
  });
});

test('one of ten cancels at once is accepted, and the events show one', async () => {
  const { jobId } = await submitJob(system, {
    tasks: tasksOf(20, { handler: 'sleep', input: { seconds: 600, cooperative: true } }),
  });
  await eventually(async () => (await readJob(system, jobId)).status === 'Executing');
  const replies = await Promise.all(
    Array.from({ length: 10 }, () => system.call('POST', `/jobs/${jobId}/cancel`, { body: {} })),
  );
  expect(replies.map(({ status }) => status).sort()).toEqual([202, ...Array.from({ length: 9 }, () => 409)]);
  const job = await untilFinal(system, jobId, 30_000);
  expect(job.status).toBe('Cancelled');
  expect(violationsAtEnd(job, await readTasks(system, jobId))).toEqual([]);
  const { items } = await expectReply(system, ['GET', `/jobs/${jobId}/events`], { schema: eventsSchema });
  expect(items.filter(({ type }) => type === 'JobCancelling')).toHaveLength(1);
});
