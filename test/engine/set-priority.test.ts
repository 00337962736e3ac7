import { expect, test } from '@jest/globals';
import { MAX_ACT_ROUNDS } from '#engine/jobs/act-on-job';
import { setPriority } from '#engine/jobs/set-priority';
import { getJob, setOnJob } from '#store/jobs';
import { startStore } from '#test/support/store/engine';
import { AUTHOR, submit } from '#test/support/store/trial';
import { updateOf } from '#test/support/store/wire';

const wire = await startStore();

test('A change of priority fails if another write is first each time', async () => {
  const job = await submit();
  const { jobId } = job;
  const changed = setPriority(job, 'Critical', AUTHOR).catch((error: unknown) => error);
  for (let round = 0; round < MAX_ACT_ROUNDS; round += 1) {
    const held = wire.hold(updateOf('jobs', jobId, 'Critical'));
    await held.reached;
    await setOnJob(jobId, { priority: round % 2 === 0 ? 'Low' : 'High' }, []);
    held.release();
  }
  expect(await changed).toMatchObject({ code: 'TooManyRequests' });
  expect((await getJob(jobId)).priority).toBe('High');
});

test('Of many changes of priority at once each is made', async () => {
  const job = await submit();
  const changes = Array.from({ length: 14 }, (_, n) =>
    setPriority(job, n % 2 === 0 ? 'High' : 'Low', { ...AUTHOR, by: `u${n}` }),
  );
  expect((await Promise.allSettled(changes)).filter(({ status }) => status === 'rejected')).toEqual([]);
});
