import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { ROLES } from '#domain/roles';
import { isFinalJob } from '#domain/statuses';
import { violatedCounts, violationsAtEnd, watchJob } from './invariants.ts';
import {
  cancelJob,
  expectReply,
  Job,
  readJob,
  readServers,
  readTasks,
  submitJob,
  Task,
  tasksOf,
  untilCount,
  untilFinal,
} from './records.ts';
import { eventually, type System, startSystem } from './system.ts';
import { overlapsOf, WITNESS, witnessedRuns } from './witnessed.ts';

const directory = mkdtempSync(join(tmpdir(), 'cancel-job-'));
let system: System;
beforeAll(async () => {
  system = await startSystem({ args: ['--heartbeat-seconds', '1', '--handlers', WITNESS] });
});
afterAll(async () => {
  await system.stop();
  rmSync(directory, { recursive: true, force: true });
});

const Page = z.object({ items: z.array(Task), cursor: z.string().optional() });

/** Every read that could show a task that has not started as one that might: what it shows, in words. */
async function readsOfUnstarted(jobId: string, someTaskIds: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  const look = (where: string, tasks: readonly { taskId: string; status: string }[]) => {
    for (const { taskId, status } of tasks)
      if (['Ready', 'Waiting', 'Executing'].includes(status)) found.push(`${where}: ${taskId} is ${status}`);
  };
  const [job, listed, servers, ...filtered] = await Promise.all([
    readJob(system, jobId),
    expectReply(system, ['GET', '/jobs?limit=5'], { schema: z.object({ items: z.array(Job) }) }),
    readServers(system),
    ...['Ready', 'Waiting', 'Executing'].map((status) => readTasks(system, jobId, `&status=${status}`)),
  ]);
  for (const { status, taskCounts } of [job, ...listed.items.filter((each) => each.jobId === jobId)]) {
    if (!['Cancelling', 'Cancelled'].includes(status)) found.push(`the job is ${status}`);
    if ((taskCounts.Ready ?? 0) + (taskCounts.Waiting ?? 0) + (taskCounts.Executing ?? 0) > 0)
      found.push(`the job counts ${JSON.stringify(taskCounts)}`);
  }
  found.push(...violatedCounts(job));
  for (const tasks of filtered) look('by status', tasks);
  look(
    'servers',
    servers.flatMap((server) => server.running.filter((task) => task.jobId === jobId)),
  );
  for (const taskId of someTaskIds)
    look('one task', [await expectReply(system, ['GET', `/jobs/${jobId}/tasks/${taskId}`], { schema: Task })]);
  const page = await expectReply(system, ['GET', `/jobs/${jobId}/tasks?limit=100`], { schema: Page });
  look('page', page.items);
  return found;
}

test('cancelling 10,000 tasks while 8 run is answered within a second, and from then on nothing is to start', async () => {
  const file = join(directory, 'large');
  const startedMs = performance.now();
  const tasks = tasksOf(10_000, { handler: 'witness', input: { file, seconds: 4 } });
  const { jobId } = await submitJob(system, { tasks });
  const acceptedMs = performance.now() - startedMs;
  await untilCount(system, jobId, { Executing: 8 });
  await eventually(() => witnessedRuns(file).length === 8);

  const cancelMs = performance.now();
  const answer = await cancelJob(system, jobId, 'too many');
  const tookMs = performance.now() - cancelMs;
  const answeredAt = Date.now();
  expect({ tookMs, isInTime: tookMs < 1_000 }).toEqual({ tookMs, isInTime: true });
  expect(answer).toMatchObject({
    status: 'Cancelling',
    cancel: { requestedBy: 'a-SystemAdministrator', reason: 'too many' },
    taskCounts: { Ready: 0, Waiting: 0, Executing: 0, Cancelling: 8, NotRun: 9_992 },
  });

  const someTaskIds = ['task-0', 'task-999', 'task-1000', 'task-5555', 'task-9999'];
  const unstarted = new Set<string>();
  let looks = 0;
  let job = answer;
  while (!isFinalJob(job.status) && performance.now() - cancelMs < 60_000) {
    for (const found of await readsOfUnstarted(jobId, someTaskIds)) unstarted.add(found);
    looks += 1;
    job = await readJob(system, jobId);
  }
  for (const found of await readsOfUnstarted(jobId, someTaskIds)) unstarted.add(found);
  expect([...unstarted]).toEqual([]);
  expect(looks).toBeGreaterThan(1);

  const ended = await readTasks(system, jobId);
  const runs = witnessedRuns(file);
  expect(violationsAtEnd(job, ended)).toEqual([]);
  expect(overlapsOf(runs)).toEqual([]);
  expect(runs.filter((run) => run.firstMs > answeredAt)).toEqual([]);
  const all = { Waiting: 0, Ready: 0, Executing: 0, Cancelling: 0, Error: 0, Cancelled: 0 };
  expect([job.status, job.taskCounts]).toEqual(['Cancelled', { ...all, Finished: 8, NotRun: 9_992 }]);
  expect(runs.map((run) => [run.taskId, run.ended]).sort()).toEqual(
    ended.flatMap((task) => (task.status === 'Finished' ? [[task.taskId, true]] : [])).sort(),
  );
  expect(ended.filter((task) => task.status === 'NotRun' && task.attempts.length > 0)).toEqual([]);
  expect({ acceptedMs, isInTime: acceptedMs < 30_000 }).toEqual({ acceptedMs, isInTime: true });
}, 120_000);

test('a job grows to 10,000 tasks over several requests, counts them all, and is cancelled before its start at once', async () => {
  const { jobId } = await submitJob(system, { hold: true, tasks: tasksOf(4_000, { handler: 'echo' }, 'a') });
  for (const prefix of ['b', 'c']) {
    const body = { tasks: tasksOf(3_000, { handler: 'echo' }, prefix) };
    await expectReply(system, ['POST', `/jobs/${jobId}/tasks`], { body, status: 201, schema: Job });
  }
  expect(await readJob(system, jobId)).toMatchObject({
    status: 'Withhold',
    taskTotal: 10_000,
    taskCounts: { Ready: 10_000 },
  });
  const listed = await readTasks(system, jobId);
  expect(new Set(listed.map((task) => task.taskId)).size).toBe(10_000);
  await cancelJob(system, jobId);
  expect(await readsOfUnstarted(jobId, ['a-0', 'b-1', 'c-2999'])).toEqual([]);
  const job = await untilFinal(system, jobId, 45_000);
  expect([job.status, job.taskCounts.NotRun]).toEqual(['Cancelled', 10_000]);
  expect(violationsAtEnd(job, await readTasks(system, jobId))).toEqual([]);
}, 120_000);

describe('cancel', () => {
  test('of a job of which nothing has started ends it at once', async () => {
    const { jobId } = await submitJob(system, { hold: true, tasks: tasksOf(20, { handler: 'echo' }) });
    expect(await cancelJob(system, jobId)).toMatchObject({ status: 'Cancelled', taskCounts: { NotRun: 20 } });
  });

  test('lets started tasks end as they do: those that fail are Error and are not tried again', async () => {
    const file = join(directory, 'fails');
    const input = { file, seconds: 1.5 };
    const { jobId } = await submitJob(system, {
      tasks: [
        ...tasksOf(2, { handler: 'witness', input: { ...input, fails: true }, maxRetries: 5 }, 'fails'),
        ...tasksOf(2, { handler: 'witness', input }, 'ends'),
        { taskId: 'later', handler: 'echo', dependsOn: [{ taskId: 'fails-0', expected: 'Error' }] },
      ],
    });
    await untilCount(system, jobId, { Executing: 4 });
    const watch = watchJob(system, jobId);
    expect(await cancelJob(system, jobId)).toMatchObject({
      status: 'Cancelling',
      taskCounts: { Cancelling: 4, NotRun: 1 },
    });
    const job = await untilFinal(system, jobId, 10_000);
    expect((await watch.end()).violations).toEqual([]);
    const tasks = await readTasks(system, jobId);
    expect(violationsAtEnd(job, tasks)).toEqual([]);
    expect([job.status, ...tasks.map((task) => `${task.taskId} ${task.status} ${task.attempts.length}`)]).toEqual([
      'Cancelled',
      'ends-0 Finished 1',
      'ends-1 Finished 1',
      'fails-0 Error 1',
      'fails-1 Error 1',
      'later NotRun 0',
    ]);
    expect(witnessedRuns(file)).toHaveLength(4);
  });

  test('is told to handlers, which may end early; one that does not listen runs to its end', async () => {
    const { jobId } = await submitJob(system, {
      tasks: [
        { taskId: 'a', handler: 'sleep', input: { seconds: 600, cooperative: true } },
        { taskId: 'b', handler: 'sleep', input: { seconds: 4 } },
      ],
    });
    await untilCount(system, jobId, { Executing: 2 });
    const cancelMs = performance.now();
    await cancelJob(system, jobId);
    await untilCount(system, jobId, { Finished: 1, Cancelling: 1 });
    const heardMs = performance.now() - cancelMs;
    // One heartbeat of a second, and what the machine takes.
    expect({ heardMs, isInTime: heardMs < 3_000 }).toEqual({ heardMs, isInTime: true });
    await untilFinal(system, jobId, 10_000);
    const [early, late] = await readTasks(system, jobId);
    expect([early, late]).toMatchObject([
      { status: 'Finished', result: { cooperated: true } },
      { status: 'Finished', result: { cooperated: false } },
    ]);
  });

  test('a second time, or of a job that has ended, is refused with the status and changes nothing', async () => {
    const { jobId } = await submitJob(system, { tasks: [{ handler: 'sleep', input: { seconds: 2 } }] });
    await untilCount(system, jobId, { Executing: 1 });
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => system.call('POST', `/jobs/${jobId}/cancel`, { body: {} })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([202, ...Array(7).fill(409)]);
    for (const { body } of answers.filter(({ status }) => status === 409))
      expect(body).toMatchObject({ code: 'WrongStatus', status: expect.anything() });
    const ended = await untilFinal(system, jobId, 10_000);
    const refused = await system.call('POST', `/jobs/${jobId}/cancel`, { body: { reason: 'again' } });
    expect(refused).toMatchObject({ status: 409, body: { code: 'WrongStatus' } });
    expect(JSON.stringify(refused.body)).toContain('Cancelled');
    expect(await readJob(system, jobId)).toEqual(ended);
    const schema = z.object({ items: z.array(z.looseObject({ type: z.string() })) });
    const { items } = await expectReply(system, ['GET', `/jobs/${jobId}/events`], { schema });
    expect(items.filter(({ type }) => type === 'JobCancelling')).toHaveLength(1);
  });
});

test('a system job is submitted by a SystemAdministrator only and cancelled by nobody', async () => {
  const body = { name: 'system', system: true, hold: true, tasks: [{ handler: 'echo' }] };
  for (const role of ROLES.filter((each) => each !== 'SystemAdministrator')) {
    const refused = await system.call('POST', '/jobs', { as: role, body });
    expect([role, refused.status, refused.body]).toMatchObject([role, 403, { code: 'Forbidden' }]);
  }
  const job = await submitJob(system, body);
  for (const role of ['BatchJobManager', 'SystemAdministrator'] as const) {
    const refused = await system.call('POST', `/jobs/${job.jobId}/cancel`, { as: role, body: {} });
    expect([role, refused.status, refused.body]).toMatchObject([role, 409, { code: 'SystemJob' }]);
  }
  expect(await readJob(system, job.jobId)).toEqual(job);
});
