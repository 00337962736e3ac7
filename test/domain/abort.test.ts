import { expect, test } from '@jest/globals';
import { abortedTaskSchema, bystanderOutcome, endOfAttempt } from '#domain/aborts/abort';
import type { Attempt } from '#domain/tasks/task';
import { taskOf } from '#test/support/domain/records';

const aborted = { jobId: 'job-1', taskId: 't000001', shardId: 'job-1#0', serverId: 's', claimId: 'c', attempt: 1 };
const { attempt: _attempt, ...oldRecord } = aborted;
const attemptOf = (given: Partial<Attempt>): Attempt => ({
  attempt: 1,
  serverId: 's',
  startedAt: '2026-01-01T00:00:00.000Z',
  endedAt: '2026-01-01T00:01:00.000Z',
  ...given,
});
const stopped = attemptOf({ outcome: 'Cancelled' });
const later = attemptOf({ attempt: 2, outcome: 'Finished', endedAt: '2026-01-02T00:00:00.000Z' });

test('an attempt that runs has no end, and an attempt whose task is gone has expired', () => {
  expect(endOfAttempt(aborted, taskOf({ status: 'Cancelling', claimId: 'c' }))).toBeUndefined();
  expect(endOfAttempt(aborted, undefined)).toEqual({ outcome: 'Expired' });
});

test.each([
  ['Cancelled', [stopped]],
  ['Ready', [stopped]],
  ['Executing', [stopped]],
  ['Finished', [stopped, later]],
] as const)('the end of an aborted attempt is its own, also if its task is %s', (status, attempts) => {
  const task = taskOf({ status, attempts: [...attempts], claimId: 'another', endedAt: '2026-01-03T00:00:00.000Z' });
  expect(endOfAttempt(aborted, task)).toEqual({ outcome: 'Cancelled', endedAt: stopped.endedAt });
});

test('an attempt that never began is NotRun if its task is, and otherwise superseded', () => {
  expect(endOfAttempt(aborted, taskOf({ status: 'NotRun', endedAt: 'then' }))).toEqual({
    outcome: 'NotRun',
    endedAt: 'then',
  });
  expect(endOfAttempt(aborted, taskOf({ status: 'Finished', attempts: [later] }))).toEqual({ outcome: 'Superseded' });
});

test('an attempt that was recorded without its number has the end of its task', () => {
  const old = abortedTaskSchema.parse(oldRecord);
  expect(endOfAttempt(old, taskOf({ status: 'Cancelled', attempts: [stopped], endedAt: 'then' }))).toEqual({
    outcome: 'Cancelled',
    endedAt: 'then',
  });
  expect(endOfAttempt(old, taskOf({ status: 'Ready', attempts: [stopped] }))).toEqual({ outcome: 'Superseded' });
});

test('a bystander whose attempt was interrupted restarts if it is restartable', () => {
  const bystander = { ...aborted, fate: 'restarts' as const };
  const interrupted = [attemptOf({ outcome: 'Interrupted' })];
  expect(bystanderOutcome(bystander, taskOf({ restartable: true, attempts: interrupted }))).toBe('Restarted');
  expect(bystanderOutcome(bystander, taskOf({ status: 'Error', attempts: interrupted }))).toBe('Interrupted');
});
