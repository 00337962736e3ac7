import { expect, test } from '@jest/globals';
import { shardKey } from '#domain/jobs/shards';
import { MAX_INPUT_BYTES } from '#domain/limits';
import { failTask } from '#engine/tasks/fail-task';
import { finishTask } from '#engine/tasks/finish-task';
import { countTasks } from '#store/reads/counting';
import { openTaskKeys } from '#store/reads/task-pages';
import { findTasks, getTask, heldTasks, pageOfTasks, readTasks, readyTaskKeys } from '#store/tasks';
import { startStore } from '#test/support/store/engine';
import { start, startServer, submit, tasksLike } from '#test/support/store/trial';

await startStore();

const TASKS = 3_500;
const large = await submit(tasksLike(TASKS));
const shards = Array.from({ length: large.shards }, (_, shard) => shardKey(large.jobId, shard));

async function tasksOf(shardId: string, limit: number): Promise<string[]> {
  const found: string[] = [];
  let afterTaskId: string | undefined;
  for (let more = true; more; ) {
    const page = await pageOfTasks(shardId, { afterTaskId, limit });
    expect(page.tasks.length).toBeLessThanOrEqual(limit);
    found.push(...page.tasks.map(({ taskId }) => taskId));
    afterTaskId = found.at(-1);
    more = page.more;
  }
  return found;
}

test('A large job has shards of about a thousand tasks, with each task in one of them', async () => {
  expect(large.shards).toBe(4);
  const found = await Promise.all(shards.map((shardId) => tasksOf(shardId, 1_000)));
  expect(new Set(found.flat()).size).toBe(TASKS);
  expect(found.flat()).toHaveLength(TASKS);
  expect(found.map((ids) => ids.length).slice(0, 2)).toEqual([1_000, 1_000]);
  for (const ids of found) expect(ids.length).toBeGreaterThan(500);
});

test('Every task is found by its id, in any shard', async () => {
  const ids = tasksLike(TASKS).map(({ taskId = '' }) => taskId);
  const found = await findTasks(
    large,
    ids.filter((_, index) => index % 10 === 0),
  );
  expect(found.map(({ taskId, index }) => [taskId, index]).sort()).toEqual(
    ids.flatMap((id, index) => (index % 10 === 0 ? [[id, index]] : [])).sort(),
  );
  expect(await getTask(large, 't3500')).toMatchObject({
    taskId: 't3500',
    index: 3_499,
    status: 'Ready',
    jobId: large.jobId,
  });
});

test('A task that does not exist is NotFound, and is left out of a list', async () => {
  await expect(getTask(large, 'none')).rejects.toMatchObject({ code: 'NotFound', facts: { kind: 'task', id: 'none' } });
  expect(await findTasks(large, ['none', 't7'])).toMatchObject([{ taskId: 't7' }]);
});

test.each([1_000, 300, 77])(
  'Pages of %i tasks of a shard are in order, complete and without duplicates',
  async (limit) => {
    const ids = await tasksOf(shardKey(large.jobId, 0), limit);
    expect(ids).toEqual(
      tasksLike(1_000)
        .map(({ taskId = '' }) => taskId)
        .sort(),
    );
  },
);

test('Pages of tasks with large inputs are complete, however few the engine returns at once', async () => {
  const input = 'x'.repeat(MAX_INPUT_BYTES - 2);
  const job = await submit(tasksLike(40, { input }));
  expect(await tasksOf(shardKey(job.jobId, 0), 1_000)).toHaveLength(40);
  expect(
    await findTasks(
      job,
      tasksLike(40).map(({ taskId = '' }) => taskId),
    ),
  ).toHaveLength(40);
  expect(await countTasks(shardKey(job.jobId, 0), job)).toMatchObject({ Ready: 40 });
});

test('The tasks of a shard are counted by recorded status', async () => {
  const job = await submit([
    { taskId: 'a' },
    { taskId: 'b' },
    { taskId: 'c', dependsOn: [{ taskId: 'a', expected: 'Finished' }] },
  ]);
  await start(job, 'b', await startServer());
  expect(await countTasks(shardKey(job.jobId, 0), job)).toEqual({
    Waiting: 1,
    Ready: 1,
    Executing: 1,
    Cancelling: 0,
    Finished: 0,
    Error: 0,
    NotRun: 0,
    Cancelled: 0,
  });
});

test('A task has an open key until it is final, through all its moves', async () => {
  const job = await submit([
    { taskId: 'a', maxRetries: 1 },
    { taskId: 'b', dependsOn: [{ taskId: 'a', expected: 'Finished' }] },
  ]);
  const server = await startServer();
  const open = async () => (await openTaskKeys(shardKey(job.jobId, 0), { limit: 10 })).keys.map(({ taskId }) => taskId);
  expect(await open()).toEqual(['a', 'b']);
  const first = await start(job, 'a', server);
  expect(await open()).toEqual(['a', 'b']);
  const now = new Date().toISOString();
  await failTask(first, { name: 'Error', message: 'no' }, { now, retryAt: now });
  expect(await open()).toEqual(['a', 'b']);
  await finishTask(await start(job, 'a', server), undefined, now);
  expect(await open()).toEqual(['b']);
});

test('Open keys are read page by page, after a given key', async () => {
  const page = await openTaskKeys(shardKey(large.jobId, 0), { limit: 600 });
  const rest = await openTaskKeys(shardKey(large.jobId, 0), { limit: 600, after: page.next });
  expect(new Set([...page.keys, ...rest.keys].map(({ taskId }) => taskId)).size).toBe(1_000);
  expect(rest.next).toBeUndefined();
});

test('Ready keys are those of one batch group only', async () => {
  const job = await submit([
    { taskId: 'a', batchGroup: 'g' },
    { taskId: 'b', batchGroup: 'g-h' },
    { taskId: 'c', batchGroup: 'gg' },
    { taskId: 'd', batchGroup: 'g' },
    { taskId: 'e', batchGroup: 'g', dependsOn: [{ taskId: 'a', expected: 'Finished' }] },
  ]);
  const ready = async (batchGroup: string, limit = 10) =>
    (await readyTaskKeys(shardKey(job.jobId, 0), { batchGroup, now: new Date().toISOString(), limit })).map(
      ({ taskId }) => taskId,
    );
  expect(await ready('g')).toEqual(['a', 'd']);
  expect(await ready('g', 1)).toEqual(['a']);
  expect(await ready('g-h')).toEqual(['b']);
  expect(await ready('gg')).toEqual(['c']);
  expect(await ready('h')).toEqual([]);
  await start(job, 'a', await startServer());
  expect(await ready('g')).toEqual(['d']);
});

test('A task that waits for a retry is found from that time on, after those that may start now', async () => {
  const job = await submit([{ taskId: 'a', maxRetries: 1 }, { taskId: 'b' }]);
  const retryAt = '2030-01-01T12:00:00.000Z';
  const task = await start(job, 'a', await startServer());
  await failTask(task, { name: 'Error', message: 'no' }, { now: new Date().toISOString(), retryAt });
  const readyAt = async (now: string) =>
    (await readyTaskKeys(task.shardId, { batchGroup: 'default', now, limit: 10 })).map(({ taskId }) => taskId);
  expect(await readyAt('2030-01-01T11:59:59.999Z')).toEqual(['b']);
  expect(await readyAt(retryAt)).toEqual(['b', 'a']);
  expect(await readyAt('2030-01-01T12:00:00.001Z')).toEqual(['b', 'a']);
});

test('A server holds a claimed task until the task has ended', async () => {
  const job = await submit(tasksLike(3));
  const [server, other] = [await startServer(), await startServer()];
  const task = await start(job, 't1', server);
  await start(job, 't2', server);
  await start(job, 't3', other);
  expect((await heldTasks(server.serverId)).map(({ taskId }) => taskId).sort()).toEqual(['t1', 't2']);
  await finishTask(task, undefined, new Date().toISOString());
  expect((await heldTasks(server.serverId)).map(({ taskId }) => taskId)).toEqual(['t2']);
});

test('A task whose key is given twice is read once', async () => {
  const job = await submit([{ taskId: 'a' }]);
  const task = await getTask(job, 'a');
  expect(await readTasks([task, task])).toEqual([task]);
});
