import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import type { Job } from '#domain/jobs/job';
import type { TaskStatus } from '#domain/statuses';
import { acceptCancel } from '#engine/jobs/cancel-job';
import { cancelTasks } from '#engine/jobs/cancel-tasks';
import { completeJob } from '#engine/jobs/complete-job';
import { requeueJob } from '#engine/jobs/requeue-job';
import { repairCounts } from '#engine/reaper/repair-counts';
import { declareLost } from '#engine/servers/declare-lost';
import { failTask } from '#engine/tasks/fail-task';
import { finishTask } from '#engine/tasks/finish-task';
import { settleHeld } from '#engine/tasks/settle-task';
import { unlockDependents } from '#engine/tasks/unlock-tasks';
import { readCountRows, readPlaces } from '#store/counts/count-rows';
import { writeCounts } from '#store/counts/keep-counts';
import { doubtCounts, forgetTallies } from '#store/counts/tallies';
import { inParallel } from '#store/in-parallel';
import { getJob } from '#store/jobs';
import { listTasks } from '#store/reads/list-tasks';
import { getTask } from '#store/tasks';
import { startStore } from '#test/support/store/engine';
import { start, startServer, submit, tasksLike } from '#test/support/store/trial';
import { updateOf } from '#test/support/store/wire';

const wire = await startStore();

async function allPages(job: Job, limit: number, ...statuses: TaskStatus[]): Promise<string[]> {
  const found: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await listTasks(job, { statuses, cursor, limit });
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

test('A list of what runs has what a server holds that was lost and is not settled yet', async () => {
  const job = await submit(tasksLike(2));
  const lost = await startServer();
  await start(job, 't1', lost);
  expect(await declareLost(lost, new Date().toISOString())).toBe(true);
  expect(await allPages(job, 10, 'Executing')).toEqual(['t1']);
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

test('A list of several statuses has the tasks in any of them, one status after the other', async () => {
  const pages = await listTasks(large, { statuses: ['Error', 'Executing', 'Ready'], limit: 5 });
  expect(pages.tasks.map(({ taskId }) => taskId).slice(0, 2)).toEqual(['t1', 't10']);
  const all = await allPages(large, 1_000, 'Ready', 'Executing');
  expect(all).toHaveLength(2_300);
  expect(all.slice(-3).sort()).toEqual(['t1500', 't2299', 't5']);
});

test('A rare task is found on the first page, wherever it is in a large job, and a common one fills the page', async () => {
  const job = await submit([
    ...tasksLike(2_100),
    ...['w1', 'w2'].map((taskId) => ({ taskId, dependsOn: [{ taskId: 't7', expected: 'Finished' as const }] })),
  ]);
  for (const taskId of ['t3', 't1999']) {
    const task = await start(job, taskId, server);
    await failTask(task, { name: 'Error', message: 'no' }, { now: new Date().toISOString() });
  }
  await start(job, 't1800', server);
  const page = async (status: TaskStatus) => {
    const { tasks, looked } = await listTasks(await getJob(job.jobId), { statuses: [status], limit: 50 });
    expect(looked).toBeUndefined();
    return tasks.map(({ taskId }) => taskId);
  };
  expect(await page('Error')).toEqual(['t3', 't1999']);
  expect((await page('Waiting')).sort()).toEqual(['w1', 'w2']);
  expect(await page('Executing')).toEqual(['t1800']);
  expect(await page('Ready')).toHaveLength(50);
});

test('Each end is found by its status, and a requeue takes it off', async () => {
  const job = await submit([
    { taskId: 'fails' },
    { taskId: 'skipped', dependsOn: [{ taskId: 'fails', expected: 'Finished' }] },
    { taskId: 'stopped' },
    { taskId: 'dropped' },
    { taskId: 'waits', dependsOn: [{ taskId: 'stopped', expected: 'Finished' }] },
  ]);
  const now = new Date().toISOString();
  const failing = await start(job, 'fails', server);
  await failTask(failing, { name: 'Error', message: 'no' }, { now });
  await unlockDependents(job, { ...failing, dependents: ['skipped'] });
  await start(job, 'stopped', server);
  const author = { by: 'alice', at: now };
  const cancelled = await acceptCancel(job.jobId, author);
  expect(await allPages(cancelled, 1, 'NotRun')).toEqual(['dropped', 'skipped', 'waits']);
  await cancelTasks(cancelled, Number.POSITIVE_INFINITY);
  const stopped = await getTask(job, 'stopped');
  await settleHeld(stopped, { cause: 'TaskAbort' });
  await completeJob(job.jobId, job);
  const ended = await getJob(job.jobId);
  expect(await allPages(ended, 2, 'NotRun')).toEqual(['dropped', 'skipped', 'waits']);
  expect(await allPages(ended, 2, 'Cancelled', 'Error')).toEqual(['fails', 'stopped']);
  let calls = 0;
  const stop = wire.onCall(() => (calls += 1));
  expect(await allPages(ended, 2, 'Ready', 'Executing', 'Cancelling', 'Finished')).toEqual([]);
  expect(calls).toBe(0);
  stop();
  const requeued = await requeueJob(ended, 'NotFinished', { ...author, at: new Date().toISOString() });
  expect(await allPages(requeued, 2, 'NotRun', 'Error', 'Cancelled')).toEqual([]);
  expect(await allPages(requeued, 2, 'Waiting')).toEqual(['skipped', 'waits']);
  expect(await allPages(requeued, 2, 'Ready')).toEqual(['dropped', 'fails', 'stopped']);
});

/** Each of these is finished by a process of its own, which then goes on elsewhere. */
async function finishEach(job: Job, taskIds: readonly string[]): Promise<void> {
  for (const taskId of taskIds) {
    await finishTask(await start(job, taskId, server), undefined, new Date().toISOString());
    await goOnAsAnotherProcess(job);
  }
}

async function goOnAsAnotherProcess({ jobId }: Job): Promise<void> {
  await writeCounts();
  forgetTallies(jobId);
}

const scarce = await submit(tasksLike(6_000));

test('A search for Finished tasks without a noted place says how many it has looked at', async () => {
  const counted = { ...scarce, countsBase: { Ready: 5_999, Finished: 1 } };
  const { tasks, cursor, looked } = await listTasks(counted, { statuses: ['Finished'], limit: 50 });
  expect([tasks, typeof cursor]).toEqual([[], 'string']);
  expect(looked).toBeGreaterThanOrEqual(5_000);
  expect(await allPages(counted, 50, 'Finished')).toEqual([]);
});

test('The Finished tasks of a job that has hardly any are on the first page, and no others are looked for', async () => {
  expect(await listTasks(scarce, { statuses: ['Finished'], limit: 50 })).toEqual({ tasks: [] });
  const finished = ['t5', 't5999', 't1700', 't1701', 't3', 't1705'];
  await finishEach(scarce, finished.slice(0, 3));
  for (const taskId of finished.slice(3))
    await finishTask(await start(scarce, taskId, server), undefined, new Date().toISOString());
  await goOnAsAnotherProcess(scarce);
  const { tasks, ...rest } = await listTasks(scarce, { statuses: ['Finished'], limit: 6 });
  expect(tasks.map(({ taskId }) => taskId).sort()).toEqual(finished.toSorted());
  expect(Object.keys(rest)).toEqual(['cursor']);
  expect(await listTasks(scarce, { statuses: ['Finished'], limit: 6, cursor: rest.cursor })).toEqual({ tasks: [] });
  expect((await allPages(scarce, 2, 'Finished')).sort()).toEqual(finished.toSorted());
});

test('A Finished task that a dead process has not noted is found, page by page, also before it is counted', async () => {
  // They lie among those that are noted, and far from them.
  const dead = ['t4', 't2', 't2700'];
  for (const taskId of dead) {
    await finishTask(await start(scarce, taskId, server), undefined, new Date().toISOString());
    forgetTallies(scarce.jobId);
  }
  doubtCounts(scarce.jobId, 1);
  await goOnAsAnotherProcess(scarce);
  for (const repair of [async () => {}, repairCounts]) {
    await repair(await getJob(scarce.jobId), 0);
    const found = await allPages(await getJob(scarce.jobId), 4, 'Finished');
    expect(found).toHaveLength(9);
    expect(found).toEqual(expect.arrayContaining(dead));
  }
});

test('Counts say no more than the places that are written with them, so a list need not look beside these', async () => {
  const job = await submit(tasksLike(2_100));
  const finish = async (taskId: string) =>
    finishTask(await start(job, taskId, server), undefined, new Date().toISOString());
  for (const taskId of ['t1', 't1500']) await finish(taskId);
  const places = wire.hold(updateOf('counts', job.jobId));
  const writing = writeCounts();
  await places.reached;
  await finish('t2');
  places.release();
  await writing;
  forgetTallies(job.jobId);
  const rows = await readCountRows(job);
  expect(rows.map(({ counts }) => counts)).toEqual([{ Ready: -2, Executing: 0, Finished: 2 }]);
  expect(await readPlaces(job, rows)).toHaveLength(2);
});

/** How many requests for tasks the list takes. */
async function readsOf(list: () => Promise<unknown>): Promise<number> {
  let reads = 0;
  const stop = wire.onCall(({ operation, body }) => {
    if (operation === 'Query' && /"TableName":"[^"]*-tasks"/.test(body)) reads += 1;
  });
  await list();
  stop();
  return reads;
}

async function finishAll(job: Job, taskIds: readonly string[]): Promise<void> {
  await inParallel(taskIds, 8, async (taskId) => {
    await finishTask(await start(job, taskId, server), undefined, new Date().toISOString());
  });
}

test('A page of large Finished tasks reads no more of them than it can have', async () => {
  const input = () => randomBytes(40_000).toString('base64');
  const taskIds = Array.from({ length: 160 }, (_, number) => `t${number}`);
  const job = await submit(taskIds.map((taskId) => ({ taskId, input: input() })));
  await finishAll(job, taskIds);
  const ask = { statuses: ['Finished'], limit: 1_000 } as const;
  // 3 MB of them, 1 MB in each request.
  expect(await readsOf(() => listTasks(job, ask))).toBeLessThanOrEqual(4);
  expect(await allPages(job, 1_000, 'Finished')).toHaveLength(160);
});

test('A page of Finished tasks reads the next places one by one if each has enough', async () => {
  const job = await submit(tasksLike(2_300));
  const groups = ['t30', 't110', 't220'].map((start) => Array.from({ length: 10 }, (_, end) => `${start}${end}`));
  for (const group of groups) await finishAll(job, group);
  const page = { statuses: ['Finished'], limit: 12 } as const;
  expect(await readsOf(() => listTasks(job, page))).toBe(2);
  expect((await allPages(job, 12, 'Finished')).sort()).toEqual(groups.flat().sort());
});

test('A cursor of another list is refused', async () => {
  const { cursor } = await listTasks(large, { statuses: ['Ready'], limit: 10 });
  await expect(listTasks(large, { statuses: ['Error'], cursor, limit: 10 })).rejects.toMatchObject({
    code: 'InvalidRequest',
  });
});
