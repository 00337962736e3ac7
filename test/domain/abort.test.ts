import { expect, test } from '@jest/globals';
import { abortedTaskSchema, bystanderOutcome, endOfAttempt } from '#domain/aborts/abort';
import type { Attempt } from '#domain/tasks/task';
import { taskOf } from '#test/support/domain/records';

const run = { jobId: 'job-1', taskId: 't000001', shardId: 'job-1#0', serverId: 's', claimId: 'c', attempt: 1 };
const { attempt: _attempt, ...runOfOldRecord } = run;
const attemptOf = (given: Partial<Attempt>): Attempt => ({
  attempt: 1,
  serverId: 's',
  startedAt: '2026-01-01T00:00:00.000Z',
  endedAt: '2026-01-01T00:01:00.000Z',
  ...given,
});
const stopped = attemptOf({ outcome: 'Cancelled' });
const later = attemptOf({ attempt: 2, outcome: 'Finished', endedAt: '2026-01-02T00:00:00.000Z' });

test('a run that goes on has no end, and one whose task is gone has expired', () => {
  expect(endOfAttempt(run, taskOf({ status: 'Cancelling', claimId: 'c' }))).toBeUndefined();
  expect(endOfAttempt(run, undefined)).toEqual({ outcome: 'Expired' });
});

test.each([
  ['Cancelled', [stopped]],
  ['Ready', [stopped]],
  ['Executing', [stopped]],
  ['Finished', [stopped, later]],
] as const)('the end of a run is that of its attempt, also when its task is %s', (status, attempts) => {
  const task = taskOf({ status, attempts: [...attempts], claimId: 'another', endedAt: '2026-01-03T00:00:00.000Z' });
  expect(endOfAttempt(run, task)).toEqual({ outcome: 'Cancelled', endedAt: stopped.endedAt });
});

test('a run that never began is that of a task that is NotRun, or has been superseded', () => {
  expect(endOfAttempt(run, taskOf({ status: 'NotRun', endedAt: 'then' }))).toEqual({
    outcome: 'NotRun',
    endedAt: 'then',
  });
  expect(endOfAttempt(run, taskOf({ status: 'Finished', attempts: [later] }))).toEqual({ outcome: 'Superseded' });
});

test('of a run that was recorded without its attempt the end of its task tells', () => {
  const old = abortedTaskSchema.parse(runOfOldRecord);
  expect(endOfAttempt(old, taskOf({ status: 'Cancelled', attempts: [stopped], endedAt: 'then' }))).toEqual({
    outcome: 'Cancelled',
    endedAt: 'then',
  });
  expect(endOfAttempt(old, taskOf({ status: 'Ready', attempts: [stopped] }))).toEqual({ outcome: 'Superseded' });
});

test('a bystander whose run was interrupted restarts if it may', () => {
  const bystander = { ...run, fate: 'restarts' as const };
  const interrupted = [attemptOf({ outcome: 'Interrupted' })];
  expect(bystanderOutcome(bystander, taskOf({ restartable: true, attempts: interrupted }))).toBe('Restarted');
  expect(bystanderOutcome(bystander, taskOf({ status: 'Error', attempts: interrupted }))).toBe('Interrupted');
});
