import { expect, test } from '@jest/globals';
import { ERROR_STATUS, type ErrorCode, notFound, Refusal, wrongStatus } from '#domain/errors';

const STATUS_OF: Record<ErrorCode, number> = {
  InvalidRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  WrongStatus: 409,
  SystemJob: 409,
  PlanChanged: 409,
  NothingToAbort: 409,
  IdempotencyKeyReused: 409,
  TooLarge: 413,
  TooManyRequests: 429,
  Unavailable: 503,
};

test('every code has the HTTP status of the contract', () => {
  expect(ERROR_STATUS).toEqual(STATUS_OF);
});

test('a refusal is an error whose name is its code, by which workflows match it', () => {
  const refusal = new Refusal('SystemJob', 'No.', { jobId: 'j' });
  expect(refusal).toBeInstanceOf(Error);
  expect(refusal).toMatchObject({ name: 'SystemJob', code: 'SystemJob', message: 'No.', facts: { jobId: 'j' } });
  expect(new Refusal('TooLarge', 'No.').facts).toEqual({});
});

test('what is not there is named with its kind and its id', () => {
  expect(notFound('job', 'x-1')).toMatchObject({ code: 'NotFound', facts: { kind: 'job', id: 'x-1' } });
  expect(notFound('job', 'x-1').message).toContain('"x-1"');
});

test('a wrong status is said, and what it forbids', () => {
  const refusal = wrongStatus('job', 'cancelled', 'Finished');
  expect(refusal).toMatchObject({ code: 'WrongStatus', facts: { currentStatus: 'Finished' } });
  expect(refusal.message).toMatch(/Finished.*cancelled/);
});

test('a wrong status says when it could be done', () => {
  expect(wrongStatus('job', 'aborted', 'Executing').message).toBe(
    'This job is in status Executing, in which it cannot be aborted: only a job in Cancelling can; cancel it first, if it has not ended.',
  );
});
