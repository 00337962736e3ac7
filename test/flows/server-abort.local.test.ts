/**
 * What a server abort takes: time, and transitions of its workflow; and what its plan says of the ends of bystanders.
 */
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import {
  ABORT_LIMIT_MS,
  abortJob,
  confirmPlan,
  expectWithin,
  msBetween,
  onlyTask,
  readPlan,
  runCancelled,
  runTask,
  switchFeature,
  untilEnded,
} from '#test/support/flows/aborts';
import { serversAtWork } from '#test/support/flows/any-system';
import { historyOf, scaleTo } from '#test/support/flows/aws';
import {
  cancelJob,
  readJob,
  type Server,
  submitJob,
  tasksOf,
  untilFinal,
  untilRunning,
} from '#test/support/flows/records';
import { eventually, type System, startSystem } from '#test/support/flows/system';

const SLOTS = 3;
const ARGS = ['--servers', '1', '--slots', String(SLOTS), '--heartbeat-seconds', '1', '--drain-seconds', '60'];

let system: System;
beforeAll(async () => {
  system = await startSystem({ args: ARGS });
  await switchFeature(system, true);
});
beforeEach(() => eventually(async () => isIdle(await serversAtWork(system)), { limitMs: ABORT_LIMIT_MS }));
afterAll(async () => void (await system.stop()));

const isIdle = (servers: readonly Server[]) =>
  servers.length > 0 && servers.every(({ running }) => running.length === 0);

test('the plan says when a bystander will probably end, by the durations of its handler so far', async () => {
  const { jobId } = await submitJob(system, { tasks: tasksOf(6, { handler: 'sleep', input: { seconds: 5 } }) });
  await untilFinal(system, jobId, 40_000);
  const a = await runCancelled(system, { handler: 'block', input: { seconds: 20 } });
  const never = await runTask(system, { handler: 'block', input: { seconds: 20 } });
  const b = await runTask(system, { handler: 'sleep', input: { seconds: 600, cooperative: true } });
  // The server hands in its durations with a heartbeat.
  const { disruptedJobs, likely } = await eventually(async () => {
    const plan = await readPlan(system, a.jobId);
    const [task] = plan.disruptedJobs.find((job) => job.jobId === b.jobId)?.tasks ?? [];
    return task?.likelyEndAt !== undefined && { disruptedJobs: plan.disruptedJobs, likely: task };
  });
  await cancelJob(system, b.jobId);
  // All six took more than 4 s; by how much depends on what else the machine does.
  expect([8_000, 16_000, 32_000]).toContain(msBetween(likely.startedAt, likely.likelyEndAt));
  expect(likely).toMatchObject({ endsWithinDrain: true });
  const [unknown] = disruptedJobs.find((job) => job.jobId === never.jobId)?.tasks ?? [];
  expect(unknown).not.toHaveProperty('likelyEndAt');
  expect(unknown).not.toHaveProperty('endsWithinDrain');
});

test('a server that runs only cancelling tasks is restarted at once', async () => {
  const a = await runCancelled(system);
  const other = await runCancelled(system, { handler: 'spin', input: { seconds: 600 } });
  // The index of what servers hold may not know at once what was just claimed, and that it is cancelled.
  const plan = await eventually(async () => {
    const read = await readPlan(system, a.jobId);
    return read.servers.some(({ cancelling }) => cancelling === 2) && read;
  });
  expect(plan).toMatchObject({
    servers: [{ executing: 0, cancelling: 2 }],
    disruptedJobs: [{ jobId: other.jobId, tasks: [{ status: 'Cancelling', fate: 'stops' }] }],
    // No other server runs what comes while it restarts.
    warnings: [{ type: 'NoOtherServer', batchGroup: '*' }],
  });
  const { abortId } = await confirmPlan(system, plan);
  const ended = await untilEnded(system, abortId);
  expect(ended).toMatchObject({ status: 'Completed', servers: [{ deadlineReached: false }] });
  expectWithin(5_000, ended.requestedAt, ended.endedAt);
  for (const { jobId } of [a, other]) {
    expect(await readJob(system, jobId)).toMatchObject({ status: 'Cancelled' });
    const task = await onlyTask(system, jobId);
    expect(task).toMatchObject({
      status: 'Cancelled',
      attempts: [{ outcome: 'Cancelled', cause: 'ServerRestart', abortId }],
    });
  }
});

test('an abort of two servers makes at most 10 state transitions and 8 for each server', async () => {
  await scaleTo(system, 2);
  const blocks = tasksOf(2 * SLOTS, { handler: 'block', input: { seconds: 600 } });
  const { jobId } = await submitJob(system, { tasks: blocks });
  await untilRunning(system, jobId, 2 * SLOTS);
  await cancelJob(system, jobId);
  const { abortId, executionArn } = await abortJob(system, jobId);
  const ended = await untilEnded(system, abortId);
  expect(ended.servers.map(({ deadlineReached, stoppedAt }) => [deadlineReached, typeof stoppedAt])).toEqual([
    [false, 'string'],
    [false, 'string'],
  ]);
  const history = await historyOf(system, executionArn);
  const entered = history.filter(({ type }) => type?.endsWith('StateEntered')).length;
  const retried = history.filter(({ type }) => type === 'TaskScheduled').length;
  const tasks = history.filter(({ type }) => type === 'TaskStateEntered').length;
  const transitions = entered + retried - tasks;
  expect({ transitions, isWithinBudget: transitions <= 10 + 8 * 2 }).toEqual({ transitions, isWithinBudget: true });
});
