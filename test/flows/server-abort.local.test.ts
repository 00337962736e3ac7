/**
 * What a server abort takes: time, and transitions of its workflow; what its plan says of the ends of bystanders; shared
 * restarts, and the end of a withdrawn abort's workflow.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import {
  ABORT_LIMIT_MS,
  abortJob,
  activeServers,
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
import { makeDirectory } from '#test/support/flows/directory';
import {
  cancelJob,
  readJob,
  readServers,
  type Server,
  submitJob,
  tasksOf,
  untilFinal,
  untilRunning,
} from '#test/support/flows/records';
import { eventually, type System, startSystem } from '#test/support/flows/system';
import { release, WITNESS } from '#test/support/witness/runs';

const SLOTS = 3;
const ARGS = ['--servers', '1', '--slots', String(SLOTS), '--heartbeat-seconds', '1', '--drain-seconds', '60'];

const directory = makeDirectory('server-abort');

let system: System;
beforeAll(async () => {
  system = await startSystem({ args: [...ARGS, '--handlers', WITNESS] });
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

async function theServer() {
  const [server] = (await readServers(system)).filter(({ status }) => status !== 'Stopped');
  if (!server) throw new Error('There is no server.');
  return server;
}

test('the workflow of a withdrawn abort comes to its end without waiting for the server', async () => {
  const held = { handler: 'witness', input: { file: join(directory, 'withdrawn'), kind: 'held' } };
  const bystander = await runTask(system, held);
  const stuck = await runCancelled(system, held);
  const { abortId, executionArn } = await abortJob(system, stuck.jobId);
  await eventually(async () => (await theServer()).status === 'Draining');
  const reply = await system.call('POST', `/aborts/${abortId}/withdraw`, { body: { reason: 'found the cause' } });
  expect(reply.status).toBe(202);
  const last = await eventually(
    async () => {
      const history = await historyOf(system, executionArn);
      return history.at(-1)?.type === 'ExecutionSucceeded' && history.at(-1);
    },
    { limitMs: 20_000 },
  );
  expect(last.type).toBe('ExecutionSucceeded');
  release(held.input.file);
  for (const { jobId } of [stuck, bystander]) await untilFinal(system, jobId, 30_000);
});

test('two aborts of two jobs on one server restart it once, and both complete', async () => {
  const file = join(directory, 'shared');
  const bystander = await runTask(system, { handler: 'witness', input: { file, kind: 'held' } });
  const [one, other] = [await runCancelled(system), await runCancelled(system)];
  const first = await abortJob(system, one.jobId);
  const second = await abortJob(system, other.jobId);
  expect(second.abortId).not.toBe(first.abortId);
  const draining = await theServer();
  expect(draining).toMatchObject({ status: 'Draining', drain: { aborts: [first.abortId, second.abortId].sort() } });
  const before = (await readServers(system)).length;
  release(file);

  const [endedFirst, endedSecond] = [await untilEnded(system, first.abortId), await untilEnded(system, second.abortId)];
  expect([endedFirst.status, endedSecond.status]).toEqual(['Completed', 'Completed']);
  const [restart] = endedFirst.servers;
  const { stopRequestedAt, stoppedAt, settledAt } = restart ?? {};
  expect(endedSecond.servers).toMatchObject([{ serverId: restart?.serverId, stopRequestedAt, stoppedAt, settledAt }]);
  expect(endedFirst.timeline.filter(({ type }) => type === 'StopRequested')).toHaveLength(1);
  await eventually(async () => (await activeServers(system)).length === 1, { limitMs: ABORT_LIMIT_MS });
  expect(await readServers(system)).toHaveLength(before + 1);
  for (const { jobId } of [one, other]) expect(await readJob(system, jobId)).toMatchObject({ status: 'Cancelled' });
  expect((await onlyTask(system, bystander.jobId)).attempts).toMatchObject([{ attempt: 1, outcome: 'Finished' }]);
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
