/** Each refusal of the API names the next command, or what to do. */
import { expect, test } from '@jest/globals';
import { nextStep } from '#cli/output/next-steps';
import { waitingText } from '#cli/output/tasks';
import { Refused } from '#client/client';
import { ERROR_STATUS } from '#domain/errors';
import { ABORT_STATUSES, JOB_STATUSES } from '#domain/statuses';

const next = (code: string, more: object = {}, retryAfterSeconds?: number) =>
  nextStep(new Refused({ status: 500, detail: '', code, ...more }, retryAfterSeconds));

test.each([...Object.keys(ERROR_STATUS), 'Internal', 'Later'])('%s has a next step', (code) => {
  expect(next(code)).toMatch(/lastcall \w|again|--\w/);
});

test('what is too large is sent in parts', () => {
  expect(next('TooLarge')).toContain('lastcall add-tasks @last FILE');
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

test('the jobs that take the slots are named, and the tasks that were told to end', () => {
  const takenBy = ['A', 'B', 'C', 'D'].map((jobId) => ({ jobId, tasks: 2 }));
  const taken = { for: 'SlotsTaken', of: 'default', takenBy, doNext: 'Wait.' } as const;
  const text = waitingText([taken], new Map([['A', 'big\u001b one']]));
  expect(text).toMatch(/taken by big {2}one A \(2 tasks\), B \(2 tasks\), C \(2 tasks\) and 1 more\.$/);
  expect(waitingText([{ for: 'Told', tasks: 1, taskIds: ['t1'], doNext: 'Wait.' }])).toMatch(/told to end +t1 /);
});
