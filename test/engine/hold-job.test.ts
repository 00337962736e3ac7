import { expect, test } from '@jest/globals';
import { holdJob } from '#engine/jobs/hold-job';
import { releaseJob } from '#engine/jobs/release-job';
import { getJob, moveJob, setOnJob } from '#store/jobs';
import { startStore } from '#test/support/store/engine';
import { AUTHOR, submit, tasksLike } from '#test/support/store/trial';

await startStore();

test('A waiting job is held, and released as it was', async () => {
  const job = await submit();
  expect(await holdJob(job, AUTHOR)).toMatchObject({ status: 'Withhold' });
  expect(await releaseJob(await getJob(job.jobId), AUTHOR)).toEqual({ ...job, keptEvent: expect.any(String) });
});

test('A job that was submitted on hold is released with its counts, and its record does not keep them', async () => {
  const job = await submit(tasksLike(2), { hold: true });
  expect(await releaseJob(job, AUTHOR)).toMatchObject({ status: 'Waiting', taskCounts: { Ready: 2 } });
  expect(await getJob(job.jobId)).not.toHaveProperty('taskCounts');
});

test('A job that has started, or does not exist, is not held', async () => {
  const { jobId } = await submit();
  await moveJob(jobId, 'start');
  await expect(holdJob(await getJob(jobId), AUTHOR)).rejects.toMatchObject({
    code: 'WrongStatus',
    facts: { currentStatus: 'Executing' },
  });
  await expect(holdJob({ ...(await submit()), jobId: 'none' }, AUTHOR)).rejects.toMatchObject({
    code: 'NotFound',
    facts: { kind: 'job', id: 'none' },
  });
});

test('A job that is not held is not released, even if it was just cancelled', async () => {
  const waiting = await submit();
  await expect(releaseJob(waiting, AUTHOR)).rejects.toMatchObject({ facts: { currentStatus: 'Waiting' } });
  const held = await submit([{}], { hold: true });
  await moveJob(held.jobId, 'cancel');
  await expect(releaseJob(held, AUTHOR)).rejects.toMatchObject({
    code: 'WrongStatus',
    facts: { currentStatus: 'Cancelling' },
  });
});

test.each([{ taskTotal: 3 }, { priority: 'High' }, { addingUntil: '9999-01-01T00:00:00.000Z' }])(
  'A job that was read before it had %j is not released',
  async (change) => {
    const job = await submit([{}], { hold: true });
    await setOnJob(job.jobId, change, []);
    await expect(releaseJob(job, AUTHOR)).rejects.toMatchObject({ code: 'TooManyRequests' });
    expect(await getJob(job.jobId)).toMatchObject({ status: 'Withhold', ...change });
  },
);
