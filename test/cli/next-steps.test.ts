/** Each refusal of the API names the next command, or what to do. */
import { expect, test } from '@jest/globals';
import { nextStep } from '#cli/output/next-steps';
import { Refused } from '#client/client';
import { ERROR_STATUS } from '#domain/errors';
import { ABORT_STATUSES, JOB_STATUSES } from '#domain/statuses';

const next = (code: string, more: object = {}, retryAfterSeconds?: number) =>
  nextStep(new Refused({ status: 500, detail: '', code, ...more }, retryAfterSeconds));

test.each([...Object.keys(ERROR_STATUS), 'Internal', 'Later'])('%s has a next step', (code) => {
  expect(next(code)).toMatch(/lastcall \w|again|--\w/);
});

test('what is not found is looked for in its list', () => {
  expect(next('NotFound', { kind: 'feature' })).toBe('lastcall features');
  expect(next('NotFound', { kind: 'abort' })).toBe('lastcall aborts');
  expect(next('NotFound')).toContain('--version');
});

test('a status leads to what can be done in it', () => {
  const after = (currentStatus: string) => next('WrongStatus', { currentStatus });
  for (const status of ABORT_STATUSES) expect(after(status)).toBe('lastcall abort-status @last');
  for (const status of JOB_STATUSES) expect(after(status)).toMatch(/lastcall (job|plan) @last/);
  expect(after('Cancelling')).toContain('lastcall plan @last');
  expect(after('Finished')).toMatch(/lastcall requeue @last --all$/);
  expect(after('Error')).toMatch(/lastcall requeue @last$/);
});

test('a role that is too low is named beside those that the caller has, and a busy system says when', () => {
  expect(next('Forbidden', { roles: ['Reader'] })).toContain('(yours: Reader)');
  expect(next('Forbidden', { roles: [] })).toContain('(yours: none)');
  expect(next('TooManyRequests', {}, 3)).toBe('try again in 3 s');
});
