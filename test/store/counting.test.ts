import { expect, test } from '@jest/globals';
import { startStore } from './engine.ts';

const wire = await startStore();
const { cancelJob } = await import('#store/cancellation');
const { finishTask } = await import('#store/claims');
const { recordedCounts, taskCountsOf } = await import('#store/counting');
const { getJob } = await import('#store/jobs');
const { followEnd } = await import('#store/settlement');
const { start, startServer, submit, tasksLike } = await import('./trial.ts');

const now = new Date().toISOString();
const server = await startServer();

/** How many requests the work sends. */
async function countingCalls(work: () => Promise<unknown>): Promise<number> {
  let calls = 0;
  const stopListening = wire.onCall(() => {
    calls += 1;
  });
  await work();
  stopListening();
  return calls;
}

test('A small job is counted anew each time', async () => {
  const job = await submit(tasksLike(3));
  expect((await taskCountsOf(job)).taskCounts).toMatchObject({ Ready: 3, Executing: 0 });
  const task = await start(job, 't1', server);
  expect((await taskCountsOf(job)).taskCounts).toMatchObject({ Ready: 2, Executing: 1 });
  await finishTask(task, undefined, now);
  expect((await taskCountsOf(job)).taskCounts).toMatchObject({ Ready: 2, Executing: 0, Finished: 1 });
});

test('A job that has ended tells the counts of its record without counting', async () => {
  const job = await submit([{ taskId: 'a' }]);
  const task = await start(job, 'a', server);
  await finishTask(task, undefined, now);
  await followEnd(job, task);
  const ended = await getJob(job.jobId);
  let counts: unknown;
  expect(await countingCalls(async () => (counts = await taskCountsOf(ended)))).toBe(0);
  expect(counts).toMatchObject({ taskCounts: { Finished: 1, Ready: 0 }, taskCountsAt: ended.endedAt });
});

test('A large job is counted once for all who ask within its time, and what a cancel decides shows at once', async () => {
  const job = await submit(tasksLike(10_000));
  const first = await countingCalls(() => Promise.all([taskCountsOf(job), taskCountsOf(job)]));
  expect(await countingCalls(() => taskCountsOf(job))).toBe(0);
  expect((await taskCountsOf(job)).taskCounts).toMatchObject({ Ready: 10_000 });
  expect(first).toBeLessThanOrEqual(await countingCalls(() => recordedCounts(job)));
  const cancelling = await cancelJob(job.jobId, { requestedBy: 'bob', requestedAt: now });
  expect((await taskCountsOf(cancelling)).taskCounts).toMatchObject({ Ready: 0, NotRun: 10_000 });
});

test('Counts over several shards are those of all of them', async () => {
  const job = await submit(tasksLike(2_500));
  for (const taskId of ['t1', 't1200', 't2400']) await start(job, taskId, server);
  expect(await recordedCounts(job)).toMatchObject({ Ready: 2_497, Executing: 3 });
});
