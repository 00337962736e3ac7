/** For how long a server does not search a job in which it has found nothing. */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { JobRests } from '#server/claiming/search/job-rests';
import { letTimePass } from '#test/support/store/clock';

beforeAll(() => letTimePass(0));
afterAll(() => void jest.useRealTimers());

const jobOf = (shards: number) => ({
  jobId: `job-${shards}`,
  dispatchGroup: 'default',
  rank: '3#2026-01-01T10:00:00.000Z#job',
  priority: 'Normal' as const,
  shards,
  batchGroups: ['default'],
});

test('A job rests for longer the longer its search took, for some seconds at most', () => {
  const [rests, job] = [new JobRests(), jobOf(1)];
  rests.extend(job, Date.now() - 1_000);
  letTimePass(1_900);
  expect(rests.isResting(job)).toBe(true);
  letTimePass(200);
  expect(rests.isResting(job)).toBe(false);
  rests.extend(job, Date.now() - 60_000);
  letTimePass(4_900);
  expect(rests.isResting(job)).toBe(true);
  letTimePass(200);
  expect(rests.isResting(job)).toBe(false);
});

test('A job of many shards rests when all of them were searched, and leaves the index after three such searches', () => {
  const [rests, job] = [new JobRests(), jobOf(16)];
  const verdicts = Array.from({ length: 6 }, () => {
    letTimePass(1_000);
    return { ...rests.extend(job, Date.now()), isResting: rests.isResting(job) };
  });
  expect(verdicts.map(({ isPart }) => isPart)).toEqual([true, false, true, false, true, false]);
  expect(verdicts.map(({ isResting }) => isResting)).toEqual([false, true, false, true, false, true]);
  expect(verdicts.map(({ isDue }) => isDue)).toEqual([false, false, false, false, false, true]);
});
