/** Priorities are weights: urgent tasks start soon, and no task starves. */
import { beforeAll, beforeEach, expect, test } from '@jest/globals';
import { z } from 'zod';
import { MAX_TASKS_PER_REQUEST } from '#domain/limits';
import { type AnySystem, openSystem, serversAtWork } from '#test/support/flows/any-system';
import { violationsAtEnd } from '#test/support/flows/invariants';
import {
  cancelJob,
  expectReply,
  type Job,
  jobSchema,
  readJob,
  readTasks,
  submitJob,
  tasksOf,
  untilFinal,
} from '#test/support/flows/records';
import { eventually } from '#test/support/flows/system';

const LIMIT_MS = 90_000;
const SHORT = { handler: 'sleep', input: { seconds: 0.02 } };
/** Eight slots start at most 80 such tasks a second. */
const SECONDS_OF_BACKLOG = 0.1;
const eventsSchema = z.object({ items: z.array(z.looseObject({ at: z.string(), type: z.string() })) });

let system: AnySystem;
let slots: number;
/** How many tasks of the backlog may start while 20 urgent ones do: the more slots, the more. */
let few: number;
/** Jobs of priority Low; the oldest come first. */
const backlog: Job[] = [];
beforeAll(async () => {
  system = await openSystem();
  slots = (await serversAtWork(system)).reduce((sum, server) => sum + server.slots, 0);
  few = Math.max(100, 12 * slots);
});
/** However fast the machine is, every test begins with more than enough tasks that wait. */
beforeEach(async () => {
  const size = Math.min(MAX_TASKS_PER_REQUEST, Math.max(1_000, 125 * slots));
  const waiting = await Promise.all(backlog.map(async ({ jobId }) => (await readJob(system, jobId)).taskCounts.Ready));
  if (waiting.reduce<number>((sum, count = 0) => sum + count, 0) < size / 2) {
    const tasks = tasksOf(size, { handler: 'sleep', input: { seconds: SECONDS_OF_BACKLOG } });
    backlog.push(await submitJob(system, { name: 'backlog', priority: 'Low', tasks }));
  }
  await eventually(async () => (await startsOf(...backlog)).length > 0);
});

test('the 20 tasks of a Critical job all start before the 100th further Low one, and the Low ones go on', async () => {
  const urgent = await submitJob(system, { priority: 'Critical', tasks: tasksOf(20, SHORT) });
  const acceptedAt = new Date().toISOString();
  const job = await untilFinal(system, urgent.jobId, LIMIT_MS);
  expect(violationsAtEnd(job, await readTasks(system, urgent.jobId))).toEqual([]);
  const last = (await startsOf(urgent)).at(-1) ?? '';
  const meanwhile = (await startsOf(...backlog)).filter((at) => at > acceptedAt && at < last);
  expect({ meanwhile: meanwhile.length, isLess: meanwhile.length < few }).toMatchObject({ isLess: true });
  await eventually(async () => (await startsOf(...backlog)).filter((at) => at > last).length >= 20, {
    limitMs: LIMIT_MS,
  });
});

test('while a Critical backlog lasts, Low tasks start all the same', async () => {
  const urgent = await submitJob(system, { priority: 'Critical', tasks: tasksOf(200, SHORT) });
  await untilFinal(system, urgent.jobId, LIMIT_MS);
  const starts = await startsOf(urgent);
  const [first = '', last = ''] = [starts[0], starts.at(-1)];
  const meanwhile = (await startsOf(...backlog)).filter((at) => at > first && at < last);
  // 5 of 35 looks are for Low: about 35 tasks beside 200.
  expect(meanwhile.length).toBeGreaterThanOrEqual(5);
  expect(meanwhile.length).toBeLessThan(200);
});

test('a waiting job whose priority is raised overtakes the backlog before it', async () => {
  const waiting = await submitJob(system, { priority: 'Low', tasks: tasksOf(20, SHORT) }, { as: 'BatchUser' });
  const path = `/jobs/${waiting.jobId}/priority`;
  expect(await startsOf(waiting)).toEqual([]);
  const raised = { body: { priority: 'Critical' }, as: 'BatchUser', schema: jobSchema } as const;
  expect(await expectReply(system, ['PUT', path], raised)).toMatchObject({ priority: 'Critical' });
  const raisedAt = new Date().toISOString();
  await untilFinal(system, waiting.jobId, LIMIT_MS);
  const last = (await startsOf(waiting)).at(-1) ?? '';
  const meanwhile = (await startsOf(...backlog)).filter((at) => at > raisedAt && at < last);
  expect({ meanwhile: meanwhile.length, isLess: meanwhile.length < few }).toMatchObject({ isLess: true });

  const { items } = await expectReply(system, ['GET', `/jobs/${waiting.jobId}/events`], { schema: eventsSchema });
  const change = { type: 'PriorityChanged', ...(await system.callerOf('BatchUser')), before: 'Low', after: 'Critical' };
  expect(items).toContainEqual({ ...change, at: expect.any(String) });
  const strange = await system.call('PUT', `/jobs/${backlog[0]?.jobId}/priority`, {
    body: { priority: 'High' },
    as: 'BatchUser',
  });
  expect(strange.status).toBe(403);
  const late = await system.call('PUT', path, { body: { priority: 'Low' } });
  expect(late).toMatchObject({ status: 409, body: { code: 'WrongStatus', currentStatus: 'Finished' } });
});

test('the backlog is still there in the end, and a cancel ends it', async () => {
  const last = backlog.at(-1)?.jobId ?? '';
  await cancelJob(system, last);
  const job = await untilFinal(system, last, LIMIT_MS);
  expect(job.status).toBe('Cancelled');
  expect(job.taskCounts.NotRun).toBeGreaterThan(0);
  expect(violationsAtEnd(job, await readTasks(system, last))).toEqual([]);
});

/** When each attempt of the jobs' tasks so far has started, in order. */
async function startsOf(...jobs: readonly Job[]): Promise<string[]> {
  const tasks = await Promise.all(jobs.map(({ jobId }) => readTasks(system, jobId)));
  return tasks
    .flat()
    .flatMap(({ attempts }) => attempts.map(({ startedAt }) => startedAt))
    .sort();
}
