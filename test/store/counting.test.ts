import { expect, jest, test } from '@jest/globals';
import { acceptCancel } from '#engine/jobs/cancel-job';
import { cancelTasks } from '#engine/jobs/cancel-tasks';
import { finishTask } from '#engine/tasks/finish-task';
import { getJob } from '#store/jobs';
import { taskCountsOf } from '#store/reads/counting';
import { startStore } from '#test/support/store/engine';
import { start, startServer, submit, tasksLike } from '#test/support/store/trial';

await startStore();

const server = await startServer();
const now = new Date().toISOString();

test('The counts of a large job show new starts at once, also from memory', async () => {
  const job = await submit(tasksLike(1_100));
  // The count stays fresh however long the starts take.
  const clock = jest.spyOn(Date, 'now').mockReturnValue(Date.now());
  const before = await taskCountsOf(job);
  await start(job, 't1', server);
  await start(job, 't1050', server);
  const after = await taskCountsOf(await getJob(job.jobId));
  expect([before.taskCounts, after.taskCounts]).toMatchObject([
    { Ready: 1_100, Executing: 0 },
    { Ready: 1_098, Executing: 2 },
  ]);
  clock.mockRestore();
  expect(after.taskCountsAt).toBe(before.taskCountsAt);
  const cancelling = await acceptCancel(job.jobId, { by: 'bob', at: now });
  expect((await taskCountsOf(cancelling)).taskCounts).toMatchObject({ Ready: 0, Cancelling: 2, NotRun: 1_098 });
});

test('A large job with one open shard is counted anew with each read', async () => {
  const job = await submit(tasksLike(1_100));
  const late = await start(job, 't1050', server);
  await cancelTasks(await acceptCancel(job.jobId, { by: 'bob', at: now }), Number.POSITIVE_INFINITY);
  expect((await taskCountsOf(await getJob(job.jobId))).taskCounts).toMatchObject({ Cancelling: 1, NotRun: 1_099 });
  await finishTask(late, undefined, now);
  expect((await taskCountsOf(await getJob(job.jobId))).taskCounts).toMatchObject({ Cancelling: 0, Finished: 1 });
});
