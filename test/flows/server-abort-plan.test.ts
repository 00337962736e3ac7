/** The confirmation of a plan: more harm than was confirmed is refused, less goes ahead; one who asks again gets the same abort. */
import { beforeAll, beforeEach, expect, test } from '@jest/globals';
import { z } from 'zod';
import {
  confirmPlan,
  onlyTask,
  readAbort,
  readPlan,
  runCancelled,
  runTask,
  type ServerPlan,
  serverPlanSchema,
  switchFeature,
  untilEnded,
} from '#test/support/flows/aborts';
import { type AnySystem, openSystem } from '#test/support/flows/any-system';
import { type OneServer, useOneServer } from '#test/support/flows/one-server';
import { cancelJob, readJob, untilFinal } from '#test/support/flows/records';

let system: AnySystem;
let server: OneServer;
beforeAll(async () => {
  system = await openSystem();
  await switchFeature(system, true);
  server = await useOneServer(system);
});

beforeEach(() => server.untilReady());

const ourJobs = ({ disruptedJobs }: ServerPlan) => disruptedJobs.filter(system.isOurs).map(({ jobId }) => jobId);

test('a bystander that came after the plan is refused with the new plan; confirmed, that goes ahead also when it has ended', async () => {
  const stuck = await runCancelled(system);
  const plan = await readPlan(system, stuck.jobId);
  expect(ourJobs(plan)).toEqual([]);
  const long = { handler: 'sleep', input: { seconds: 90, cooperative: true } };
  const newcomer = await runTask(system, long, { name: 'newcomer' });
  const body = { planId: plan.planId, reason: 'now' };
  const reply = await system.call('POST', `/jobs/${stuck.jobId}/abort`, { body });
  expect(reply).toMatchObject({ status: 409, body: { code: 'PlanChanged' } });
  const { plan: changed } = z.object({ plan: serverPlanSchema }).parse(reply.body);
  expect(changed.planId).not.toBe(plan.planId);
  expect(changed.disruptedJobs.filter(system.isOurs)).toMatchObject([
    { jobId: newcomer.jobId, name: 'newcomer', tasks: [{ fate: 'fails' }] },
  ]);
  expect(await readJob(system, stuck.jobId)).not.toHaveProperty('abortId');
  expect(await server.find()).toMatchObject({ status: 'Active', serverId: stuck.serverId });

  await cancelJob(system, newcomer.jobId);
  await untilFinal(system, newcomer.jobId, 20_000);
  const abort = await confirmPlan(system, changed);
  expect(abort).toMatchObject({ mode: 'server', jobId: stuck.jobId });
  expect(await untilEnded(system, abort.abortId)).toMatchObject({ status: 'Completed' });
  expect(await onlyTask(system, newcomer.jobId)).toMatchObject({ status: 'Finished' });
});

test('who asks again while an abort of the job is under way gets that same abort, whatever plan is confirmed', async () => {
  const bystander = await runTask(system, { handler: 'sleep', input: { seconds: 8 } });
  const stuck = await runCancelled(system);
  const plan = await readPlan(system, stuck.jobId);
  const answers = await Promise.all(Array.from({ length: 5 }, () => confirmPlan(system, plan)));
  const [first] = answers;
  expect(new Set(answers.map(({ abortId }) => abortId)).size).toBe(1);
  const late = await confirmPlan(system, { ...plan, planId: 'another' });
  expect(late.abortId).toBe(first?.abortId);
  const ended = await untilEnded(system, late.abortId);
  expect(ended).toMatchObject({ status: 'Completed', reason: 'it does not end' });
  expect((await onlyTask(system, bystander.jobId)).attempts).toMatchObject([{ outcome: 'Finished' }]);
  expect(await readJob(system, stuck.jobId)).toMatchObject({ status: 'Cancelled', abortId: late.abortId });
  const again = await system.call('POST', `/jobs/${stuck.jobId}/abort`, { body: { planId: plan.planId, reason: 'x' } });
  expect(again).toMatchObject({ status: 409, body: { code: 'WrongStatus' } });
  expect(await readAbort(system, late.abortId)).toMatchObject({ endedAt: ended.endedAt });
});

test('a caller who may not abort cannot read a plan or confirm one', async () => {
  const stuck = await runCancelled(system, { handler: 'sleep', input: { seconds: 8 } });
  for (const as of ['Reader', 'BatchUser'] as const) {
    const plan = await system.call('GET', `/jobs/${stuck.jobId}/abort-plan`, { as });
    const abort = await system.call('POST', `/jobs/${stuck.jobId}/abort`, { as, body: { planId: 'x', reason: 'y' } });
    expect([plan.status, abort.status]).toEqual([403, 403]);
  }
  expect((await system.call('GET', `/jobs/${stuck.jobId}/abort-plan`, { as: 'BatchJobManager' })).status).toBe(200);
  await untilFinal(system, stuck.jobId, 20_000);
});
