/** Priorities are weights: what is urgent comes soon, and nothing starves. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { violationsAtEnd } from './invariants.ts';
import { cancelJob, expectReply, Job, readTasks, submitJob, tasksOf, untilFinal } from './records.ts';
import { eventually, type System, startSystem } from './system.ts';

const LIMIT_MS = 90_000;
const SHORT = { handler: 'sleep', input: { seconds: 0.02 } };
const Events = z.object({ items: z.array(z.looseObject({ at: z.string(), type: z.string() })) });

let system: System;
let low: Job;
beforeAll(async () => {
  system = await startSystem({ args: ['--servers', '2', '--slots', '4'] });
  low = await submitJob(system, { name: 'backlog', priority: 'Low', tasks: tasksOf(2_000, SHORT) });
  await eventually(async () => (await startsOf(low)).length > 0);
}, 60_000);
afterAll(async () => {
  await system.stop();
});

test(
  'the 20 tasks of a Critical job all start before the 100th further Low one, and the Low ones go on',
  async () => {
    const urgent = await submitJob(system, { priority: 'Critical', tasks: tasksOf(20, SHORT) });
    const acceptedAt = new Date().toISOString();
    const job = await untilFinal(system, urgent.jobId, LIMIT_MS);
    expect(violationsAtEnd(job, await readTasks(system, urgent.jobId))).toEqual([]);
    const last = (await startsOf(urgent)).at(-1) ?? '';
    const meanwhile = (await startsOf(low)).filter((at) => at > acceptedAt && at < last);
    expect({ meanwhile: meanwhile.length, isLess: meanwhile.length < 100 }).toMatchObject({ isLess: true });
    await eventually(async () => (await startsOf(low)).filter((at) => at > last).length >= 20, { limitMs: LIMIT_MS });
  },
  LIMIT_MS,
);

test(
  'while a Critical backlog lasts, Low tasks start all the same',
  async () => {
    const urgent = await submitJob(system, { priority: 'Critical', tasks: tasksOf(200, SHORT) });
    await untilFinal(system, urgent.jobId, LIMIT_MS);
    const starts = await startsOf(urgent);
    const [first = '', last = ''] = [starts[0], starts.at(-1)];
    const meanwhile = (await startsOf(low)).filter((at) => at > first && at < last);
    // 5 of 35 looks are for Low: 33 tasks beside 200, give or take.
    expect({ meanwhile: meanwhile.length, isFair: meanwhile.length >= 5 && meanwhile.length < 200 }).toMatchObject({
      isFair: true,
    });
  },
  LIMIT_MS,
);

test(
  'a waiting job that is given a higher priority overtakes the backlog that it stood behind',
  async () => {
    const token = await system.token('olga', ['BatchUser']);
    const waiting = await submitJob(system, { priority: 'Low', tasks: tasksOf(20, SHORT) }, { as: { token } });
    const path = `/jobs/${waiting.jobId}/priority`;
    const stranger = await system.token('paul', ['BatchUser']);
    const refused = await system.call('PUT', path, { body: { priority: 'High' }, as: { token: stranger } });
    expect(refused.status).toBe(403);
    expect(await startsOf(waiting)).toEqual([]);
    const raised = { body: { priority: 'Critical' }, as: { token }, schema: Job };
    expect(await expectReply(system, ['PUT', path], raised)).toMatchObject({ priority: 'Critical' });
    const raisedAt = new Date().toISOString();
    await untilFinal(system, waiting.jobId, LIMIT_MS);
    const last = (await startsOf(waiting)).at(-1) ?? '';
    const meanwhile = (await startsOf(low)).filter((at) => at > raisedAt && at < last);
    expect({ meanwhile: meanwhile.length, isLess: meanwhile.length < 100 }).toMatchObject({ isLess: true });

    const { items } = await expectReply(system, ['GET', `/jobs/${waiting.jobId}/events`], { schema: Events });
    const change = { type: 'PriorityChanged', by: 'olga', from: '127.0.0.1', before: 'Low', after: 'Critical' };
    expect(items).toContainEqual({ ...change, at: expect.any(String) });
    const late = await system.call('PUT', path, { body: { priority: 'Low' } });
    expect(late).toMatchObject({ status: 409, body: { code: 'WrongStatus', currentStatus: 'Finished' } });
  },
  LIMIT_MS,
);

test(
  'the backlog is still there in the end, and a cancel ends it',
  async () => {
    await cancelJob(system, low.jobId);
    const job = await untilFinal(system, low.jobId, LIMIT_MS);
    expect(job.status).toBe('Cancelled');
    expect(job.taskCounts.NotRun).toBeGreaterThan(0);
    expect(violationsAtEnd(job, await readTasks(system, low.jobId))).toEqual([]);
  },
  LIMIT_MS,
);

/** When each attempt of the job's tasks so far has started, in order. */
async function startsOf({ jobId }: Job): Promise<string[]> {
  const tasks = await readTasks(system, jobId);
  return tasks.flatMap(({ attempts }) => attempts.map(({ startedAt }) => startedAt)).sort();
}
