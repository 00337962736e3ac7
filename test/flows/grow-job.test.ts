/** A job larger than one request: added to while it is held, listed page by page, counted, and cancelled as a whole. */
import { beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { type AnySystem, openSystem } from '#test/support/flows/any-system';
import { violatedCounts, violationsAtEnd } from '#test/support/flows/invariants';
import {
  cancelJob,
  expectReply,
  jobSchema,
  readJob,
  readTasks,
  submitJob,
  tasksOf,
  untilFinal,
} from '#test/support/flows/records';

const LIMIT_MS = 90_000;
const ECHO = { handler: 'echo' };
const pageSchema = z.object({
  items: z.array(z.object({ taskId: z.string(), status: z.string() })),
  cursor: z.string().optional(),
});

let system: AnySystem;
beforeAll(async () => {
  system = await openSystem();
});

const add = (jobId: string, tasks: object[]) => system.call('POST', `/jobs/${jobId}/tasks`, { body: { tasks } });

test('requests that add at the same time are all counted, and the pages show each task once, whatever their size', async () => {
  const { jobId } = await submitJob(system, { hold: true, tasks: tasksOf(300, ECHO, 'a') });
  const parts = ['b', 'c', 'd'].map((prefix) => add(jobId, tasksOf(300, ECHO, prefix)));
  expect((await Promise.all(parts)).map(({ status }) => status)).toEqual([201, 201, 201]);
  const held = await readJob(system, jobId);
  expect(held).toMatchObject({ status: 'Withhold', taskTotal: 1_200, taskCounts: { Ready: 1_200 } });
  const ids = ['a', 'b', 'c', 'd'].flatMap((prefix) => Array.from({ length: 300 }, (_, index) => `${prefix}-${index}`));
  for (const limit of [1_000, 377]) expect((await pagesOf(jobId, limit)).sort()).toEqual(ids.toSorted());

  const again = await add(jobId, tasksOf(1, ECHO, 'b'));
  expect(again).toMatchObject({ status: 400, body: { code: 'InvalidRequest', taskId: 'b-0' } });
  expect((await readJob(system, jobId)).taskTotal).toBe(1_200);

  await expectReply(system, ['POST', `/jobs/${jobId}/release`], { schema: jobSchema });
  expect(await add(jobId, tasksOf(1, ECHO, 'late'))).toMatchObject({ status: 409, body: { code: 'WrongStatus' } });
  const cancelling = await cancelJob(system, jobId);
  expect(violatedCounts(cancelling)).toEqual([]);
  expect(cancelling.taskCounts).toMatchObject({ Waiting: 0, Ready: 0, Executing: 0 });
  const job = await untilFinal(system, jobId, LIMIT_MS);
  expect(job.status).toBe('Cancelled');
  expect(violationsAtEnd(job, await readTasks(system, jobId))).toEqual([]);
});

test('a job of several shards runs to its end with the right counts, a dependent in another shard included', async () => {
  const many = tasksOf(1_100, { ...ECHO, batchGroup: 'wide' }, 'n');
  const last = { taskId: 'last', ...ECHO, dependsOn: [{ taskId: 'n-0', expected: 'Finished' }] };
  const { jobId } = await submitJob(system, { tasks: [...many, last] });
  const job = await untilFinal(system, jobId, LIMIT_MS);
  expect(job).toMatchObject({ status: 'Finished', taskCounts: { Finished: 1_101 } });
  expect(violationsAtEnd(job, await readTasks(system, jobId))).toEqual([]);
});

async function pagesOf(jobId: string, limit: number): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor: string | undefined = ''; cursor !== undefined; ) {
    const from: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const path = `/jobs/${jobId}/tasks?limit=${limit}${from}`;
    const page: z.infer<typeof pageSchema> = await expectReply(system, ['GET', path], { schema: pageSchema });
    expect(page.items.length).toBeLessThanOrEqual(limit);
    ids.push(...page.items.map(({ taskId }) => taskId));
    cursor = page.cursor;
  }
  return ids;
}
