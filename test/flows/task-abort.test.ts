import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { violationsAtEnd, watchJob } from './invariants.ts';
import { processesInGroups, processesOf, serversOf } from './processes.ts';
import {
  Abort,
  cancelJob,
  expectReply,
  Plan,
  readServers,
  readTasks,
  submitJob,
  type Task,
  tasksOf,
  untilCount,
  untilFinal,
} from './records.ts';
import { eventually, type System, startSystem } from './system.ts';

const HEARTBEAT_SECONDS = 2;
/** The bound of the product: two heartbeats and a second. */
const STOP_LIMIT_MS = 2 * HEARTBEAT_SECONDS * 1000 + 1000;

let system: System;
beforeAll(async () => {
  system = await startSystem({ args: ['--heartbeat-seconds', String(HEARTBEAT_SECONDS)] });
});
afterAll(async () => {
  await system.stop();
});

const Items = z.object({ items: z.array(z.unknown()) });
const Refused = z.object({ plan: Plan });
const taskOf = (taskId: string, handler: string, seconds: number) => ({ taskId, handler, input: { seconds } });

async function abort(jobId: string): Promise<Abort> {
  const plan = await expectReply(system, ['GET', `/jobs/${jobId}/abort-plan`], { schema: Plan });
  const body = { planId: plan.planId, reason: 'stuck' };
  return expectReply(system, ['POST', `/jobs/${jobId}/abort`], { body, status: 202, schema: Abort });
}

function readAbort(abortId: string): Promise<Abort> {
  return expectReply(system, ['GET', `/aborts/${abortId}`], { schema: Abort });
}

function untilTask(jobId: string, taskId: string, status: string, limitMs: number): Promise<Task> {
  return eventually(
    async () => {
      const task = (await readTasks(system, jobId)).find((each) => each.taskId === taskId);
      if (task?.status === status) return task;
      throw new Error(`Not ${status} within ${limitMs} ms: ${JSON.stringify(task)}`);
    },
    { limitMs },
  );
}

/** The programs that `block` handlers wait for, told apart by their length of sleep. */
function sleepers(seconds: number) {
  return processesOf(system.port).filter(({ command }) => command.trim() === `sleep ${seconds}`);
}

test('a task abort stops spin at once, and block when it comes out of its wait; servers and bystanders go on', async () => {
  const bystander = await submitJob(system, { tasks: tasksOf(2, { handler: 'sleep', input: { seconds: 14 } }) });
  await untilCount(system, bystander.jobId, { Executing: 2 });
  const { jobId } = await submitJob(system, {
    tasks: [
      taskOf('spin-0', 'spin', 600),
      taskOf('spin-1', 'spin', 600),
      taskOf('sleep-0', 'sleep', 600),
      taskOf('block-0', 'block', 11.25),
      ...tasksOf(30, { handler: 'echo', dependsOn: [{ taskId: 'spin-0', expected: 'Finished' }] }, 'later'),
    ],
  });
  await untilCount(system, jobId, { Executing: 4 });
  await eventually(() => sleepers(11.25).length === 1);
  const blockedMs = performance.now();
  const serversBefore = await readServers(system);
  const processesBefore = serversOf(system.port).map(({ pid }) => pid);
  const watch = watchJob(system, jobId);
  await cancelJob(system, jobId);

  const plan = await expectReply(system, ['GET', `/jobs/${jobId}/abort-plan`], { schema: Plan });
  expect(plan).toMatchObject({ jobId, mode: 'task', servers: [], disruptedJobs: [] });
  const running = ['block-0', 'sleep-0', 'spin-0', 'spin-1'];
  expect(plan.tasks.map((task) => task.taskId).sort()).toEqual(running);

  const abortMs = performance.now();
  const requested = await abort(jobId);
  expect(requested).toMatchObject({ jobId, mode: 'task', status: 'Stopping', reason: 'stuck', servers: [] });
  expect(requested.tasks.map((task) => task.taskId).sort()).toEqual(running);
  for (const taskId of ['spin-0', 'spin-1', 'sleep-0']) await untilTask(jobId, taskId, 'Cancelled', STOP_LIMIT_MS);
  const tookMs = performance.now() - abortMs;
  expect({ tookMs, isInTime: tookMs < STOP_LIMIT_MS }).toEqual({ tookMs, isInTime: true });

  const waiting = await eventually(async () => {
    const { tasks } = await readAbort(requested.abortId);
    return tasks.find((task) => task.taskId === 'block-0' && task.waitingFor !== undefined);
  });
  expect(waiting).toMatchObject({ waitingFor: 'UnmanagedWait' });
  expect(sleepers(11.25)).toHaveLength(1);
  const blocked = (await readTasks(system, jobId, '&status=Cancelling')).map((task) => task.taskId);
  expect(blocked).toEqual(['block-0']);
  expect(await abort(jobId)).toMatchObject({ abortId: requested.abortId });

  const job = await untilFinal(system, jobId, 20_000);
  const waitedMs = performance.now() - blockedMs;
  expect({ waitedMs, isAfterTheWait: waitedMs > 10_500 }).toEqual({ waitedMs, isAfterTheWait: true });
  const { violations } = await watch.end();
  const tasks = await readTasks(system, jobId);
  expect([...violations, ...violationsAtEnd(job, tasks)]).toEqual([]);
  expect(job).toMatchObject({
    status: 'Cancelled',
    taskCounts: { Cancelled: 4, NotRun: 30 },
    abortId: requested.abortId,
  });
  expect(tasks.filter((task) => task.attempts.length > 0).map((task) => task.attempts[0]?.outcome)).toEqual(
    Array(4).fill('Cancelled'),
  );

  const ended = await eventually(async () => {
    const record = await readAbort(requested.abortId);
    return record.status === 'Completed' && record;
  });
  expect(ended.tasks.map((task) => task.outcome)).toEqual(Array(4).fill('Cancelled'));
  expect(ended.timeline.map(({ at }) => at)).toEqual(ended.timeline.map(({ at }) => at).sort());

  expect(serversOf(system.port).map(({ pid }) => pid)).toEqual(processesBefore);
  expect((await readServers(system)).map((server) => [server.serverId, server.status])).toEqual(
    serversBefore.map((server) => [server.serverId, 'Active']),
  );
  const spared = await untilFinal(system, bystander.jobId, 20_000);
  expect([spared.status, ...(await readTasks(system, bystander.jobId)).map((task) => task.attempts.length)]).toEqual([
    'Finished',
    1,
    1,
  ]);
  // Every slot is of use again, those of the stopped threads too.
  const after = await submitJob(system, { tasks: tasksOf(8, { handler: 'sleep', input: { seconds: 2 } }) });
  await untilCount(system, after.jobId, { Executing: 8 });
  expect((await untilFinal(system, after.jobId, 10_000)).status).toBe('Finished');
}, 90_000);

test('a block handler that runs in a process of its own is stopped at once, with all that it has started', async () => {
  const seconds = 7654.321;
  const before = serversOf(system.port).map(({ pid }) => pid);
  const { jobId } = await submitJob(system, { tasks: tasksOf(2, { handler: 'block.isolated', input: { seconds } }) });
  await untilCount(system, jobId, { Executing: 2 });
  const groups = await eventually(() => {
    const found = sleepers(seconds).map(({ groupId }) => groupId);
    return found.length === 2 && found;
  });
  expect(groups.filter((groupId) => before.includes(groupId))).toEqual([]);
  await cancelJob(system, jobId);
  expect(processesInGroups(groups).length).toBeGreaterThanOrEqual(4);
  const abortMs = performance.now();
  const { abortId } = await abort(jobId);
  const job = await untilFinal(system, jobId, STOP_LIMIT_MS);
  const tookMs = performance.now() - abortMs;
  expect({ tookMs, isInTime: tookMs < STOP_LIMIT_MS }).toEqual({ tookMs, isInTime: true });
  expect([job.status, job.taskCounts.Cancelled]).toEqual(['Cancelled', 2]);
  expect(processesInGroups(groups)).toEqual([]);
  expect(sleepers(seconds)).toEqual([]);
  const ended = await eventually(async () => {
    const record = await readAbort(abortId);
    return record.status === 'Completed' && record;
  });
  expect(ended.tasks.filter((task) => task.waitingFor !== undefined)).toEqual([]);
  expect(serversOf(system.port).map(({ pid }) => pid)).toEqual(before);
}, 60_000);

describe('an abort', () => {
  test('of a job that is not Cancelling is refused, planned or done', async () => {
    const { jobId } = await submitJob(system, { hold: true, tasks: [{ handler: 'echo' }] });
    const planned = await system.call('GET', `/jobs/${jobId}/abort-plan`);
    const body = { planId: 'made-up', reason: 'no' };
    const done = await system.call('POST', `/jobs/${jobId}/abort`, { body });
    for (const reply of [planned, done]) expect(reply).toMatchObject({ status: 409, body: { code: 'WrongStatus' } });
  });

  test('of a plan that nobody has read is refused with the plan as it is, which can then be confirmed', async () => {
    const { jobId } = await submitJob(system, { tasks: [taskOf('only', 'sleep', 600)] });
    await untilCount(system, jobId, { Executing: 1 });
    await cancelJob(system, jobId);
    const path = `/jobs/${jobId}/abort`;
    const refused = await system.call('POST', path, { body: { planId: 'made-up', reason: 'guess' } });
    expect(refused).toMatchObject({
      status: 409,
      body: { code: 'PlanChanged', plan: { jobId, tasks: [{ taskId: 'only' }] } },
    });
    expect((await readTasks(system, jobId))[0]?.status).toBe('Cancelling');
    const { items } = await expectReply(system, ['GET', `/aborts?jobId=${jobId}`], { schema: Items });
    expect(items).toEqual([]);
    const body = { planId: Refused.parse(refused.body).plan.planId, reason: 'read it now' };
    const answers = await Promise.all(Array.from({ length: 5 }, () => system.call('POST', path, { body })));
    expect(answers.map(({ status }) => status)).toEqual(Array(5).fill(202));
    expect(new Set(answers.map((answer) => Abort.parse(answer.body).abortId)).size).toBe(1);
    expect((await untilFinal(system, jobId, STOP_LIMIT_MS * 2)).taskCounts.Cancelled).toBe(1);
    expect(await system.call('POST', path, { body })).toMatchObject({ status: 409, body: { code: 'WrongStatus' } });
  });
});
