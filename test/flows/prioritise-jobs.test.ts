/** Priorities are weights: what is urgent comes soon, and nothing starves. */
import { beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { MAX_TASKS_PER_REQUEST } from '#domain/limits';
import { type AnySystem, openSystem, serversAtWork } from '#test/support/flows/any-system';
import { violationsAtEnd } from '#test/support/flows/invariants';
import { cancelJob, expectReply, Job, readTasks, submitJob, tasksOf, untilFinal } from '#test/support/flows/records';
import { eventually } from '#test/support/flows/system';

const LIMIT_MS = 90_000;
const SHORT = { handler: 'sleep', input: { seconds: 0.02 } };
const Events = z.object({ items: z.array(z.looseObject({ at: z.string(), type: z.string() })) });

let system: AnySystem;
let low: Job;
/** How many of the backlog may start while 20 urgent tasks do: the more slots there are, the more. */
let few: number;
beforeAll(async () => {
  system = await openSystem();
  const slots = (await serversAtWork(system)).reduce((sum, server) => sum + server.slots, 0);
  few = Math.max(100, 12 * slots);
  const backlog = tasksOf(Math.min(MAX_TASKS_PER_REQUEST, Math.max(2_000, 250 * slots)), SHORT);
  low = await submitJob(system, { name: 'backlog', priority: 'Low', tasks: backlog });
  await eventually(async () => (await startsOf(low)).length > 0);
});

test('the 20 tasks of a Critical job all start before the 100th further Low one, and the Low ones go on', async () => {
  const urgent = await submitJob(system, { priority: 'Critical', tasks: tasksOf(20, SHORT) });
  const acceptedAt = new Date().toISOString();
  const job = await untilFinal(system, urgent.jobId, LIMIT_MS);
  expect(violationsAtEnd(job, await readTasks(system, urgent.jobId))).toEqual([]);
  const last = (await startsOf(urgent)).at(-1) ?? '';
  const meanwhile = (await startsOf(low)).filter((at) => at > acceptedAt && at < last);
  expect({ meanwhile: meanwhile.length, isLess: meanwhile.length < few }).toMatchObject({ isLess: true });
  await eventually(async () => (await startsOf(low)).filter((at) => at > last).length >= 20, { limitMs: LIMIT_MS });
});

test('while a Critical backlog lasts, Low tasks start all the same', async () => {
  const urgent = await submitJob(system, { priority: 'Critical', tasks: tasksOf(200, SHORT) });
  await untilFinal(system, urgent.jobId, LIMIT_MS);
  const starts = await startsOf(urgent);
  const [first = '', last = ''] = [starts[0], starts.at(-1)];
  const meanwhile = (await startsOf(low)).filter((at) => at > first && at < last);
  // 5 of 35 looks are for Low: 33 tasks beside 200, give or take.
  expect({ meanwhile: meanwhile.length, isFair: meanwhile.length >= 5 && meanwhile.length < 200 }).toMatchObject({
    isFair: true,
  });
});

test('a waiting job that is given a higher priority overtakes the backlog that it stood behind', async () => {
  const waiting = await submitJob(system, { priority: 'Low', tasks: tasksOf(20, SHORT) }, { as: 'BatchUser' });
  const path = `/jobs/${waiting.jobId}/priority`;
  expect(await startsOf(waiting)).toEqual([]);
  const raised = { body: { priority: 'Critical' }, as: 'BatchUser', schema: Job } as const;
  expect(await expectReply(system, ['PUT', path], raised)).toMatchObject({ priority: 'Critical' });
  const raisedAt = new Date().toISOString();
  await untilFinal(system, waiting.jobId, LIMIT_MS);
  const last = (await startsOf(waiting)).at(-1) ?? '';
  const meanwhile = (await startsOf(low)).filter((at) => at > raisedAt && at < last);
  expect({ meanwhile: meanwhile.length, isLess: meanwhile.length < few }).toMatchObject({ isLess: true });

  const { items } = await expectReply(system, ['GET', `/jobs/${waiting.jobId}/events`], { schema: Events });
  const change = { type: 'PriorityChanged', ...(await system.callerOf('BatchUser')), before: 'Low', after: 'Critical' };
  expect(items).toContainEqual({ ...change, at: expect.any(String) });
  const strange = await system.call('PUT', `/jobs/${low.jobId}/priority`, {
    body: { priority: 'High' },
    as: 'BatchUser',
  });
  expect(strange.status).toBe(403);
  const late = await system.call('PUT', path, { body: { priority: 'Low' } });
  expect(late).toMatchObject({ status: 409, body: { code: 'WrongStatus', currentStatus: 'Finished' } });
});

test('the backlog is still there in the end, and a cancel ends it', async () => {
  await cancelJob(system, low.jobId);
  const job = await untilFinal(system, low.jobId, LIMIT_MS);
  expect(job.status).toBe('Cancelled');
  expect(job.taskCounts.NotRun).toBeGreaterThan(0);
  expect(violationsAtEnd(job, await readTasks(system, low.jobId))).toEqual([]);
});

/** When each attempt of the job's tasks so far has started, in order. */
async function startsOf({ jobId }: Job): Promise<string[]> {
  const tasks = await readTasks(system, jobId);
  return tasks.flatMap(({ attempts }) => attempts.map(({ startedAt }) => startedAt)).sort();
}
