import { expect, test } from '@jest/globals';
import type { Job } from '#domain/jobs/job';
import type { TaskStatus } from '#domain/statuses';
import { acceptCancel } from '#engine/jobs/cancel-job';
import { listTasks } from '#store/reads/list-tasks';
import { startStore } from '#test/support/store/engine';
import { start, startServer, submit, tasksLike } from '#test/support/store/trial';

await startStore();

async function allPages(job: Job, limit: number, status?: TaskStatus): Promise<string[]> {
  const found: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await listTasks(job, { status, cursor, limit });
    expect(page.tasks.length).toBeLessThanOrEqual(limit);
    found.push(...page.tasks.map(({ taskId }) => taskId));
    cursor = page.cursor;
  } while (cursor !== undefined);
  return found;
}

const large = await submit(tasksLike(2_300));
const server = await startServer();
for (const taskId of ['t5', 't1500', 't2299']) await start(large, taskId, server);

test.each([1_000, 900, 333])(
  'Pages of %i tasks over several shards are complete and without duplicates',
  async (limit) => {
    const found = await allPages(large, limit);
    expect(found).toHaveLength(2_300);
    expect(new Set(found).size).toBe(2_300);
  },
);

test('A page of large tasks ends before it is too large for the reply of a function', async () => {
  const job = await submit(tasksLike(100, { input: 'i'.repeat(60_000) }));
  const first = await listTasks(job, { limit: 1_000 });
  expect(JSON.stringify(first.tasks).length).toBeLessThan(5_000_000);
  const rest = await listTasks(job, { limit: 1_000, cursor: first.cursor });
  expect(new Set([...first.tasks, ...rest.tasks].map(({ taskId }) => taskId)).size).toBe(100);
});

test('A list of one status has the tasks in it and no others', async () => {
  expect((await allPages(large, 2, 'Executing')).sort()).toEqual(['t1500', 't2299', 't5']);
  expect(await allPages(large, 1_000, 'Ready')).toHaveLength(2_297);
  expect(await allPages(large, 10, 'Error')).toEqual([]);
});

test('A list shows the effect of a cancel before the records are rewritten', async () => {
  const job = await submit(tasksLike(3));
  await start(job, 't2', server);
  const cancelled = await acceptCancel(job.jobId, { by: 'alice', at: new Date().toISOString() });
  expect(await allPages(cancelled, 10, 'Ready')).toEqual([]);
  expect(await allPages(cancelled, 10, 'Executing')).toEqual([]);
  expect(await allPages(cancelled, 10, 'Cancelling')).toEqual(['t2']);
  expect(await allPages(cancelled, 10, 'NotRun')).toEqual(['t1', 't3']);
});

test('The page after one that ends within a shard continues in that shard', async () => {
  const job = await submit(tasksLike(5));
  const first = await listTasks(job, { limit: 2 });
  const second = await listTasks(job, { limit: 2, cursor: first.cursor });
  const third = await listTasks(job, { limit: 2, cursor: second.cursor });
  expect([first, second, third].map(({ tasks }) => tasks.map(({ taskId }) => taskId))).toEqual([
    ['t1', 't2'],
    ['t3', 't4'],
    ['t5'],
  ]);
  expect(third.cursor).toBeUndefined();
});

test.each(['x', 'MA', '%%%', Buffer.from('0 a/b').toString('base64url')])(
  'The cursor "%s", which no list has given, is refused',
  async (cursor) => {
    await expect(listTasks(large, { cursor, limit: 10 })).rejects.toMatchObject({ code: 'InvalidRequest' });
  },
);
