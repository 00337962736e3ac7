import { expect, test } from '@jest/globals';
import { observe } from '#engine/reaper/observe-job';
import { settings } from '#engine/settings';
import { getJob, moveJob } from '#store/jobs';
import { MAX_READY_COUNTED } from '#store/reads/backlog';
import { startStore } from '#test/support/store/engine';
import { start, startServer, submit, tasksLike } from '#test/support/store/trial';

await startStore();

async function backlogOf(...jobs: Awaited<ReturnType<typeof submit>>[]) {
  const backlog = { ReadyTasks: 0, OldestCancellingSeconds: 0, wakingTasks: 0 };
  await Promise.all(jobs.map(async ({ jobId }) => observe(await getJob(jobId), backlog)));
  return backlog;
}

test('the backlog counts Ready tasks of all jobs that are observed at once, and no running task', async () => {
  const job = await submit(tasksLike(3));
  await start(job, 't1', await startServer());
  expect(await backlogOf(job, await submit(tasksLike(5)), await submit(tasksLike(7)))).toMatchObject({
    ReadyTasks: 14,
  });
});

test('a large job counts up to the limit, whatever shards its tasks are in', async () => {
  const job = await submit(tasksLike(MAX_READY_COUNTED + 200));
  expect(await backlogOf(job)).toMatchObject({ ReadyTasks: MAX_READY_COUNTED });
});

test('tasks in groups that no server serves do not wake the fleet, whatever other groups their job has', async () => {
  const { batchGroups } = settings();
  Object.assign(settings(), { batchGroups: ['default'] });
  const mixed = await submit([{ taskId: 'a' }, { taskId: 'b', batchGroup: 'gpu' }, { taskId: 'c', batchGroup: 'gpu' }]);
  expect(await backlogOf(mixed)).toMatchObject({ ReadyTasks: 3, wakingTasks: 1 });
  await start(mixed, 'a', await startServer());
  expect(await backlogOf(mixed)).toMatchObject({ ReadyTasks: 2, wakingTasks: 0 });
  Object.assign(settings(), { batchGroups });
});

test('a held job, and one that starts tomorrow, add nothing to the backlog', async () => {
  const tomorrow = new Date(Date.now() + 24 * 3_600_000).toISOString();
  const later = await submit(tasksLike(2), { startAt: tomorrow });
  const held = await submit(tasksLike(2), { hold: true });
  expect(await backlogOf(later, held)).toMatchObject({ ReadyTasks: 0 });
});

test('the backlog has the age of the oldest cancel, and no Ready tasks of a cancelled job', async () => {
  const cancelled = async (secondsAgo: number) => {
    const job = await submit(tasksLike(2));
    const requestedAt = new Date(Date.now() - secondsAgo * 1000).toISOString();
    await moveJob(job.jobId, 'cancel', { set: { cancel: { requestedBy: 'alice', requestedAt } } });
    return job;
  };
  const backlog = await backlogOf(await cancelled(60), await cancelled(7200), await cancelled(5));
  expect(backlog.ReadyTasks).toBe(0);
  expect(Math.round(backlog.OldestCancellingSeconds / 60)).toBe(120);
});
