import { afterEach, expect, jest, test } from '@jest/globals';
import { ulid } from 'ulid';
import { reserveKey } from '#store/submissions/reservations';
import { startStore } from '#test/support/store/engine';
import { onceWith, submit } from '#test/support/store/trial';
import { updateOf } from '#test/support/store/wire';

const wire = await startStore();

const body = { name: 'closing', tasks: [{ handler: 'echo' }] };
const MINUTE_MS = 60_000;
/** Long enough for a repeat to look again. */
const PATIENCE_MS = 1_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

afterEach(() => void jest.restoreAllMocks());

function reserve(key: string, options: { jobId?: string; user?: string; body?: object } = {}) {
  const { jobId = ulid(), ...request } = options;
  return reserveKey({ once: onceWith(key, { body, ...request }), jobId }, PATIENCE_MS);
}

test('The first request with a key gets its own id', async () => {
  const jobId = ulid();
  const reserved = await reserve('first', { jobId });
  expect(reserved.jobId).toBe(jobId);
  expect(reserved.until).toBeGreaterThan(Date.now());
});

test('A repeat with the same body gets the id of the first job', async () => {
  const { jobId } = await reserve('repeat');
  await submit([{}], { jobId });
  expect((await reserve('repeat')).jobId).toBe(jobId);
  expect((await reserve('repeat')).jobId).toBe(jobId);
});

test('A repeat while the first request is under way waits for its job', async () => {
  const { jobId } = await reserve('slow');
  const repeats = Promise.all([reserve('slow'), reserve('slow')]);
  await submit([{}], { jobId });
  expect((await repeats).map((repeat) => repeat.jobId)).toEqual([jobId, jobId]);
});

test('A repeat is refused as Unavailable if the first request takes too long', async () => {
  await reserve('busy');
  await expect(reserve('busy')).rejects.toMatchObject({ code: 'Unavailable' });
});

test('Another body with the same key is refused, whether the first job exists or not', async () => {
  const { jobId } = await reserve('reused');
  await expect(reserve('reused', { body: { ...body, name: 'other' } })).rejects.toMatchObject({
    code: 'IdempotencyKeyReused',
  });
  await submit([{}], { jobId });
  await expect(reserve('reused', { body: { ...body, name: 'other' } })).rejects.toMatchObject({
    code: 'IdempotencyKeyReused',
  });
});

test('The same key of another user is another key', async () => {
  await reserve('shared');
  const jobId = ulid();
  expect(await reserve('shared', { user: 'bob', jobId })).toMatchObject({ jobId });
});

test('A user and key are not confused with others that join to the same text', async () => {
  await reserve('b', { user: 'a\nx' });
  const jobId = ulid();
  expect(await reserve('x\nb', { user: 'a', jobId })).toMatchObject({ jobId });
});

test('One of many simultaneous requests with one key succeeds', async () => {
  const reserved = await Promise.allSettled(Array.from({ length: 10 }, () => reserve('crowd')));
  expect(reserved.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const each of reserved.filter((settled) => settled.status === 'rejected'))
    expect(each.reason).toMatchObject({ code: 'Unavailable' });
});

test('A reservation whose reply was lost counts as made', async () => {
  const jobId = ulid();
  const lost = wire.loseReply(updateOf('reservations', jobId));
  expect(await reserve('lost', { jobId })).toMatchObject({ jobId });
  await lost;
});

test('The key of a request that died goes to one of the next requests when its reservation is over', async () => {
  const first = await reserve('died');
  jest.spyOn(Date, 'now').mockReturnValue(first.until + 1);
  const reserved = await Promise.allSettled(Array.from({ length: 6 }, () => reserve('died')));
  const [next, ...others] = reserved.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  expect(others).toEqual([]);
  expect(next?.jobId).not.toBe(first.jobId);
  expect(next?.until).toBe(first.until + 1 + MINUTE_MS);
});

test('The key of a request that died still needs the same body', async () => {
  const first = await reserve('bound');
  jest.spyOn(Date, 'now').mockReturnValue(first.until + 1);
  await expect(reserve('bound', { body: { name: 'other' } })).rejects.toMatchObject({ code: 'IdempotencyKeyReused' });
});

test('A key is free again after a day, even if DynamoDB has not deleted its record yet', async () => {
  const { jobId } = await reserve('yesterday');
  await submit([{}], { jobId });
  jest.spyOn(Date, 'now').mockReturnValue(Date.now() + DAY_MS + 1000);
  const next = ulid();
  expect(await reserve('yesterday', { jobId: next, body: { ...body, name: 'other' } })).toMatchObject({ jobId: next });
});
