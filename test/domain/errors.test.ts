import { expect, test } from '@jest/globals';
import { ERROR_STATUS, type ErrorCode, notFound, Refusal, wrongStatus } from '#domain/errors';

const STATUS_OF: Record<ErrorCode, number> = {
  InvalidRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  WrongStatus: 409,
  SystemJob: 409,
  PlanChanged: 409,
  NothingToAbort: 409,
  IdempotencyKeyReused: 409,
  TooLarge: 413,
  TooManyRequests: 429,
  Unavailable: 503,
  StorageFull: 507,
};

test('every code has the HTTP status of the contract', () => {
  expect(ERROR_STATUS).toEqual(STATUS_OF);
});

test('the name of a refusal is its code: workflows match on it', () => {
  const refusal = new Refusal('SystemJob', 'No.', { jobId: 'j' });
  expect(refusal).toBeInstanceOf(Error);
  expect(refusal).toMatchObject({ name: 'SystemJob', code: 'SystemJob', message: 'No.', facts: { jobId: 'j' } });
  expect(new Refusal('TooLarge', 'No.').facts).toEqual({});
});

test('NotFound names the kind and the id', () => {
  expect(notFound('job', 'x-1')).toMatchObject({ code: 'NotFound', facts: { kind: 'job', id: 'x-1' } });
  expect(notFound('job', 'x-1').message).toContain('"x-1"');
});

test('WrongStatus names the status and the verb that it forbids', () => {
  const refusal = wrongStatus('job', 'cancelled', 'Finished');
  expect(refusal).toMatchObject({ code: 'WrongStatus', facts: { currentStatus: 'Finished' } });
  expect(refusal.message).toMatch(/Finished.*cancelled/);
});

test('WrongStatus says when the verb is allowed', () => {
  expect(wrongStatus('job', 'aborted', 'Executing').message).toBe(
    'This job is in status Executing and cannot be aborted: only a job in Cancelling can; cancel it first if it has not ended.',
  );
});
