/** Withdrawal, and the feature's switch while aborts are under way. */
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  abortJob,
  onlyTask,
  readAbort,
  readEvents,
  readPlan,
  runCancelled,
  runTask,
  switchFeature,
  untilEnded,
} from '#test/support/flows/aborts';
import { type AnySystem, openSystem } from '#test/support/flows/any-system';
import { type OneServer, useOneServer } from '#test/support/flows/one-server';
import { readTasks, submitJob, type Task, untilFinal } from '#test/support/flows/records';
import { eventually } from '#test/support/flows/system';

let system: AnySystem;
let server: OneServer;
beforeAll(async () => {
  system = await openSystem();
  server = await useOneServer(system);
});
beforeEach(async () => {
  await switchFeature(system, true);
  await server.untilReady();
});

const withdraw = (abortId: string) =>
  system.call('POST', `/aborts/${abortId}/withdraw`, { body: { reason: 'found the cause' } });

describe('a withdrawal', () => {
  test('while the server drains sends it back to work, and its tasks run on', async () => {
    const bystander = await runTask(system, { handler: 'sleep', input: { seconds: 9 } });
    const stuck = await runCancelled(system, { handler: 'sleep', input: { seconds: 20 } });
    const { abortId } = await abortJob(system, stuck.jobId);
    await eventually(async () => (await server.find())?.status === 'Draining');
    const waiting = await submitJob(system, { tasks: [{ handler: 'echo' }] });
    const reply = await withdraw(abortId);
    expect(reply).toMatchObject({ status: 202, body: { status: 'Withdrawn' } });

    // The server claims what waited for it.
    await untilFinal(system, waiting.jobId, 20_000);
    const [echo] = await readTasks(system, waiting.jobId);
    expect(echo?.attempts).toMatchObject([{ serverId: stuck.serverId, outcome: 'Finished' }]);
    const resumed = await server.find();
    expect(resumed).toMatchObject({ serverId: stuck.serverId, status: 'Active' });
    for (const trace of ['drain', 'drainingAt', 'drainedAt', 'deadlineReached'])
      expect(resumed).not.toHaveProperty(trace);
    expect(await onlyTask(system, stuck.jobId)).toMatchObject({ status: 'Cancelling', serverId: stuck.serverId });

    await untilFinal(system, stuck.jobId, 40_000);
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

  test('after the stop was requested is refused each time, and the abort completes', async () => {
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
  const { by } = await system.callerOf('SystemAdministrator');
  expect(ended).toMatchObject({
    status: 'Withdrawn',
    withdraw: { by, reason: 'found the cause' },
    tasks: [{ taskId: 'only', outcome: 'NotStopped' }],
  });
  const types = ended.timeline.map(({ type }) => type);
  expect([types[0], types.at(-1)]).toEqual(['Requested', 'Withdrawn']);
  expect(ended.timeline).toContainEqual(expect.objectContaining({ type: 'Resumed', serverId }));
  for (const type of ['AbortRequested', 'AbortWithdrawRequested', 'AbortWithdrawn']) {
    expect(await readEvents(system, jobId)).toContainEqual(expect.objectContaining({ type, abortId }));
  }
}

describe('the feature', () => {
  test('switched off makes an abort a task abort: the server and other tasks go on', async () => {
    await switchFeature(system, false);
    const bystander = await runTask(system, { handler: 'sleep', input: { seconds: 4 } });
    const stuck = await runCancelled(system, { handler: 'spin', input: { seconds: 600 } });
    const plan = await readPlan(system, stuck.jobId);
    expect(plan).toMatchObject({ mode: 'task', servers: [], disruptedJobs: [], warnings: [] });
    const { abortId } = await abortJob(system, stuck.jobId);
    const ended = await untilEnded(system, abortId);
    expect(ended).toMatchObject({ mode: 'task', status: 'Completed', servers: [], tasks: [{ outcome: 'Cancelled' }] });
    expect(await server.find()).toMatchObject({ status: 'Active', serverId: stuck.serverId });
    await untilFinal(system, bystander.jobId, 20_000);
    expect((await onlyTask(system, bystander.jobId)).attempts).toMatchObject([{ outcome: 'Finished' }]);
  });

  test('switched off during a server abort lets that go on; the next abort is a task abort', async () => {
    const bystander = await runTask(system, { handler: 'sleep', input: { seconds: 6 } });
    const stuck = await runCancelled(system);
    const { abortId } = await abortJob(system, stuck.jobId);
    await switchFeature(system, false);
    const again = await system.call('POST', `/jobs/${stuck.jobId}/abort`, { body: { planId: 'any', reason: 'again' } });
    expect(again).toMatchObject({ status: 202, body: { abortId, mode: 'server' } });
    const ended = await untilEnded(system, abortId);
    expect(ended).toMatchObject({ mode: 'server', status: 'Completed', servers: [{ deadlineReached: false }] });
    expect((await onlyTask(system, bystander.jobId)).attempts).toMatchObject([{ outcome: 'Finished' }]);
    await server.untilReady();
    const next = await runCancelled(system, { handler: 'spin', input: { seconds: 600 } });
    expect(await readPlan(system, next.jobId)).toMatchObject({ mode: 'task' });
    expect((await untilEnded(system, (await abortJob(system, next.jobId)).abortId)).mode).toBe('task');
  });

  test('switched between plan and confirmation makes the plan invalid: another abort would follow', async () => {
    const stuck = await runCancelled(system, { handler: 'spin', input: { seconds: 600 } });
    const { planId } = await readPlan(system, stuck.jobId);
    await switchFeature(system, false);
    const body = { planId, reason: 'now' };
    const reply = await system.call('POST', `/jobs/${stuck.jobId}/abort`, { body });
    expect(reply).toMatchObject({ status: 409, body: { code: 'PlanChanged', plan: { mode: 'task' } } });
    await untilEnded(system, (await abortJob(system, stuck.jobId)).abortId);
  });
});
