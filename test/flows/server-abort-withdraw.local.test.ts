/** Withdrawal, shared restarts, and the feature's switch while aborts are under way. */
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { historyOf } from './aws.ts';
import { readJob, readServers, readTasks, submitJob, type Task, untilFinal } from './records.ts';
import {
  ABORT_LIMIT_MS,
  abortJob,
  activeServers,
  onlyTask,
  readAbort,
  readEvents,
  readPlan,
  runCancelled,
  runTask,
  switchFeature,
  untilEnded,
} from './server-aborts.ts';
import { eventually, type System, startSystem } from './system.ts';

jest.setTimeout(120_000);
let system: System;
beforeAll(async () => {
  system = await startSystem({
    args: ['--servers', '1', '--slots', '6', '--heartbeat-seconds', '1', '--drain-seconds', '90'],
  });
});
afterAll(async () => void (await system.stop()));
beforeEach(async () => {
  await switchFeature(system, true);
  await eventually(async () => (await activeServers(system)).length === 1, { limitMs: ABORT_LIMIT_MS });
});

const withdraw = (abortId: string) =>
  system.call('POST', `/aborts/${abortId}/withdraw`, { body: { reason: 'found the cause' } });

async function theServer() {
  const [server] = (await readServers(system)).filter(({ status }) => status !== 'Stopped');
  if (!server) throw new Error('There is no server.');
  return server;
}

describe('a withdrawal', () => {
  test('while the server drains gives it back to work, its tasks undisturbed', async () => {
    const bystander = await runTask(system, { handler: 'sleep', input: { seconds: 9 } });
    const stuck = await runCancelled(system, { handler: 'sleep', input: { seconds: 12 } });
    const { abortId } = await abortJob(system, stuck.jobId);
    await eventually(async () => (await theServer()).status === 'Draining');
    const waiting = await submitJob(system, { tasks: [{ handler: 'echo' }] });
    const reply = await withdraw(abortId);
    expect(reply).toMatchObject({ status: 202, body: { status: 'Withdrawn' } });

    // What waited for a server is claimed by the one that was given back.
    await untilFinal(system, waiting.jobId, 20_000);
    const [echo] = await readTasks(system, waiting.jobId);
    expect(echo?.attempts).toMatchObject([{ serverId: stuck.serverId, outcome: 'Finished' }]);
    const server = await theServer();
    expect(server).toMatchObject({ serverId: stuck.serverId, status: 'Active' });
    for (const trace of ['drain', 'drainingAt', 'drainedAt', 'deadlineReached'])
      expect(server).not.toHaveProperty(trace);
    expect(await onlyTask(system, stuck.jobId)).toMatchObject({ status: 'Cancelling', serverId: stuck.serverId });

    await untilFinal(system, stuck.jobId, 30_000);
    await untilFinal(system, bystander.jobId, 30_000);
    for (const { jobId } of [bystander, stuck]) {
      expect(await onlyTask(system, jobId)).toMatchObject({ status: 'Finished', attempts: [{ outcome: 'Finished' }] });
    }
    await expectWithdrawn(abortId, stuck);
    const told = { abortId, abortedJobId: stuck.jobId };
    for (const type of ['DisruptedByAbort', 'AbortWithdrawn']) {
      expect(await readEvents(system, bystander.jobId)).toContainEqual(expect.objectContaining({ type, ...told }));
    }
  });

  test('after the stop was requested is refused, again and again, and the abort completes', async () => {
    const stuck = await runCancelled(system);
    const { abortId } = await abortJob(system, stuck.jobId);
    await eventually(async () => (await readAbort(system, abortId)).servers[0]?.stopRequestedAt, { limitMs: 20_000 });
    for (let time = 0; time < 2; time += 1) {
      expect(await withdraw(abortId)).toMatchObject({ status: 409, body: { code: 'WrongStatus' } });
    }
    const ended = await untilEnded(system, abortId);
    expect(ended).toMatchObject({ status: 'Completed' });
    expect(ended).not.toHaveProperty('withdraw');
    expect(ended.timeline.map(({ type }) => type)).not.toContain('WithdrawRequested');
  });
});

async function expectWithdrawn(abortId: string, { jobId, serverId }: Task): Promise<void> {
  const ended = await untilEnded(system, abortId);
  expect(ended).toMatchObject({
    status: 'Withdrawn',
    withdraw: { by: 'a-SystemAdministrator', reason: 'found the cause' },
    tasks: [{ taskId: 'only', outcome: 'NotStopped' }],
  });
  const types = ended.timeline.map(({ type }) => type);
  expect([types[0], types.at(-1)]).toEqual(['Requested', 'Withdrawn']);
  expect(ended.timeline).toContainEqual(expect.objectContaining({ type: 'Resumed', serverId }));
  for (const type of ['AbortRequested', 'AbortWithdrawRequested', 'AbortWithdrawn']) {
    expect(await readEvents(system, jobId)).toContainEqual(expect.objectContaining({ type, abortId }));
  }
  // The workflow has come to its end, too: nobody waits for the server any more.
  const last = await eventually(
    async () => {
      const history = await historyOf(system, ended.executionArn);
      return history.at(-1)?.type === 'ExecutionSucceeded' && history.at(-1);
    },
    { limitMs: 20_000 },
  );
  expect(last.type).toBe('ExecutionSucceeded');
}

test('two aborts of two jobs on one server restart it once, and both complete', async () => {
  const bystander = await runTask(system, { handler: 'sleep', input: { seconds: 6 } });
  const [one, other] = [await runCancelled(system), await runCancelled(system)];
  const first = await abortJob(system, one.jobId);
  const second = await abortJob(system, other.jobId);
  expect(second.abortId).not.toBe(first.abortId);
  const draining = await theServer();
  expect(draining).toMatchObject({ status: 'Draining', drain: { aborts: [first.abortId, second.abortId].sort() } });
  const before = (await readServers(system)).length;

  const [endedFirst, endedSecond] = [await untilEnded(system, first.abortId), await untilEnded(system, second.abortId)];
  expect([endedFirst.status, endedSecond.status]).toEqual(['Completed', 'Completed']);
  const [restart] = endedFirst.servers;
  const { stopRequestedAt, stoppedAt, settledAt } = restart ?? {};
  expect(endedSecond.servers).toMatchObject([{ serverId: restart?.serverId, stopRequestedAt, stoppedAt, settledAt }]);
  expect(endedFirst.timeline.filter(({ type }) => type === 'StopRequested')).toHaveLength(1);
  await eventually(async () => (await activeServers(system)).length === 1, { limitMs: 20_000 });
  expect(await readServers(system)).toHaveLength(before + 1);
  for (const { jobId } of [one, other]) expect(await readJob(system, jobId)).toMatchObject({ status: 'Cancelled' });
  expect((await onlyTask(system, bystander.jobId)).attempts).toMatchObject([{ attempt: 1, outcome: 'Finished' }]);
});

describe('the feature', () => {
  test('switched off has the same kind of job stopped by a task abort, the server and the others untouched', async () => {
    await switchFeature(system, false);
    const bystander = await runTask(system, { handler: 'sleep', input: { seconds: 4 } });
    const stuck = await runCancelled(system, { handler: 'spin', input: { seconds: 600 } });
    const plan = await readPlan(system, stuck.jobId);
    expect(plan).toMatchObject({ mode: 'task', servers: [], disruptedJobs: [], warnings: [] });
    const { abortId } = await abortJob(system, stuck.jobId);
    const ended = await untilEnded(system, abortId);
    expect(ended).toMatchObject({ mode: 'task', status: 'Completed', servers: [], tasks: [{ outcome: 'Cancelled' }] });
    expect(await theServer()).toMatchObject({ status: 'Active', serverId: stuck.serverId });
    await untilFinal(system, bystander.jobId, 20_000);
    expect((await onlyTask(system, bystander.jobId)).attempts).toMatchObject([{ outcome: 'Finished' }]);
  });

  test('switched off during a server abort lets it go on as it began; the next abort is a task abort', async () => {
    const bystander = await runTask(system, { handler: 'sleep', input: { seconds: 6 } });
    const stuck = await runCancelled(system);
    const { abortId } = await abortJob(system, stuck.jobId);
    await switchFeature(system, false);
    const again = await system.call('POST', `/jobs/${stuck.jobId}/abort`, { body: { planId: 'any', reason: 'again' } });
    expect(again).toMatchObject({ status: 202, body: { abortId, mode: 'server' } });
    const ended = await untilEnded(system, abortId);
    expect(ended).toMatchObject({ mode: 'server', status: 'Completed', servers: [{ deadlineReached: false }] });
    expect((await onlyTask(system, bystander.jobId)).attempts).toMatchObject([{ outcome: 'Finished' }]);
    await eventually(async () => (await activeServers(system)).length === 1, { limitMs: 20_000 });
    const next = await runCancelled(system, { handler: 'spin', input: { seconds: 600 } });
    expect(await readPlan(system, next.jobId)).toMatchObject({ mode: 'task' });
    expect((await untilEnded(system, (await abortJob(system, next.jobId)).abortId)).mode).toBe('task');
  });

  test('switched between plan and confirmation has the plan refused: it would do something else', async () => {
    const stuck = await runCancelled(system, { handler: 'spin', input: { seconds: 600 } });
    const { planId } = await readPlan(system, stuck.jobId);
    await switchFeature(system, false);
    const body = { planId, reason: 'now' };
    const reply = await system.call('POST', `/jobs/${stuck.jobId}/abort`, { body });
    expect(reply).toMatchObject({ status: 409, body: { code: 'PlanChanged', plan: { mode: 'task' } } });
    await untilEnded(system, (await abortJob(system, stuck.jobId)).abortId);
  });
});
