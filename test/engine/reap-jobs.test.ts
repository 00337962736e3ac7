import { expect, test } from '@jest/globals';
import { reapJobs } from '#engine/reaper/reap-jobs';
import { finishTask } from '#engine/tasks/finish-task';
import { getJob, moveJob } from '#store/jobs';
import { findRound } from '#store/reaper-rounds';
import { boundedWork } from '#test/support/engine/bounded-work';
import { startFunctions } from '#test/support/functions/functions';
import { putRecord } from '#test/support/store/malformed';
import { start, startServer, submit, tasksLike } from '#test/support/store/trial';
import type { Call } from '#test/support/store/wire';

const { wire } = await startFunctions();

const server = await startServer({ slots: 100 });
const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();
const readOf =
  (jobId: string) =>
  ({ operation, body }: Call) =>
    operation === 'GetItem' && body.includes(jobId);

/** A job that a crash left open although all its tasks have ended. */
async function overButOpen() {
  const job = await submit([{ taskId: 'a' }]);
  await finishTask(await start(job, 'a', server), '1', ago(0));
  return job;
}

/** This many jobs, newer than all others; the next read of each lasts until it is released. */
async function stuckJobs(count: number) {
  const jobs = [];
  for (let made = 0; made < count; made += 1) jobs.push(await submit(tasksLike(1)));
  return jobs.map((job) => ({ job, look: wire.hold(readOf(job.jobId)) }));
}

test('Slow jobs hold up no other job beyond the next run', async () => {
  const older = await overButOpen();
  const stuck = await stuckJobs(8);
  const newer = await overButOpen();
  await reapJobs(boundedWork, { callMs: 10, jobMs: 2_000 });
  expect((await getJob(newer.jobId)).status).toBe('Finished');
  expect((await getJob(older.jobId)).status).toBe('Executing');
  await reapJobs(boundedWork, { callMs: 10, jobMs: 2_000 });
  expect((await getJob(older.jobId)).status).toBe('Finished');
  expect(await findRound()).toMatchObject({ last: expect.anything() });
  for (const { look } of stuck) look.release();
});

test('The reaper does not start work on a job again while earlier work on it goes on', async () => {
  const [stuck] = await stuckJobs(1);
  let looks = 0;
  const stop = wire.onCall((call) => {
    if (readOf(stuck?.job.jobId ?? '')(call)) looks += 1;
  });
  for (let call = 0; call < 3; call += 1) await reapJobs(boundedWork, { callMs: 60_000, jobMs: 20 });
  expect(looks).toBe(1);
  stuck?.look.release();
  stop();
});

test('A run that does not reach all jobs returns what it has seen, and never less than the previous round', async () => {
  await reapJobs(boundedWork, { callMs: 60_000 });
  const cancelled = await submit([{}]);
  const cancel = { requestedBy: 'alice', requestedAt: ago(7_200) };
  await moveJob(cancelled.jobId, 'cancel', { set: { cancel, cancelPassedAt: ago(7_199) } });
  await submit(tasksLike(30));
  for (let made = 0; made < 8; made += 1) await submit(tasksLike(2));
  const all = await reapJobs(boundedWork, { callMs: 60_000 });
  expect(all.ReadyTasks).toBeGreaterThanOrEqual(46);
  expect(await findRound()).toBeUndefined();
  expect(await reapJobs(boundedWork, { callMs: 0 })).toMatchObject({ ReadyTasks: 16, OldestCancellingSeconds: 0 });
  const rest = await reapJobs(boundedWork, { callMs: 60_000 });
  expect(rest.ReadyTasks).toBe(all.ReadyTasks);
  expect(rest.OldestCancellingSeconds).toBeGreaterThanOrEqual(7_200);
  expect(await reapJobs(boundedWork, { callMs: 0 })).toEqual(rest);
  await reapJobs(boundedWork, { callMs: 60_000 });
  expect(await reapJobs(boundedWork, { callMs: 60_000 })).toMatchObject({ ReadyTasks: all.ReadyTasks });
  expect(await findRound()).toBeUndefined();
});

test('A malformed round is replaced by a new one', async () => {
  const job = await overButOpen();
  await putRecord('rounds', { name: 'open-jobs', round: { seen: 3 } });
  await reapJobs(boundedWork, { callMs: 60_000 });
  expect((await getJob(job.jobId)).status).toBe('Finished');
});
