import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MAX_ATTEMPTS_KEPT } from '#domain/limits';
import { TASK_MOVES } from '#domain/status-moves';
import { isFinalTask, TASK_STATUSES } from '#domain/statuses';
import { endedAttempts, fateOf } from '#domain/tasks/settlement';
import { taskOf } from '#test/support/domain/records';

const FATES = {
  Waiting: [undefined, undefined],
  Ready: [undefined, undefined],
  Executing: ['interrupt', 'restart'],
  Cancelling: ['stop', 'stop'],
  Finished: [undefined, undefined],
  Error: [undefined, undefined],
  NotRun: [undefined, undefined],
  Cancelled: [undefined, undefined],
} as const;

test.each(TASK_STATUSES)('a task that was %s when its server stopped is settled by the rules', (status) => {
  const fates = [false, true].map((restartable) => fateOf(taskOf({ status, restartable })));
  expect(fates).toEqual(FATES[status]);
});

const running = taskOf({ status: 'Executing', attempt: 2, serverId: 's1', startedAt: '2026-01-01T00:01:00.000Z' });
const end = { endedAt: '2026-01-01T00:02:00.000Z', outcome: 'Finished' } as const;

test('the attempt that ends is added after the earlier ones', () => {
  const first = { attempt: 1, serverId: 's0', startedAt: '2026-01-01T00:00:30.000Z' };
  expect(endedAttempts({ ...running, attempts: [first] }, end)).toEqual([
    first,
    { attempt: 2, serverId: 's1', startedAt: '2026-01-01T00:01:00.000Z', ...end },
  ]);
});

test('only the newest attempts are kept', () => {
  const attempts = Array.from({ length: MAX_ATTEMPTS_KEPT }, (_, at) => ({
    attempt: at + 1,
    serverId: 's',
    startedAt: '',
  }));
  const kept = endedAttempts({ ...running, attempt: MAX_ATTEMPTS_KEPT + 1, attempts }, end);
  expect(kept).toHaveLength(MAX_ATTEMPTS_KEPT);
  expect(kept.map((each) => each.attempt)).toEqual(attempts.map((each) => each.attempt + 1));
});

test('the task itself is not changed', () => {
  endedAttempts(running, end);
  expect(running.attempts).toEqual([]);
});

const anyTask = fc
  .record({
    status: fc.constantFrom(...TASK_STATUSES),
    restartable: fc.boolean(),
    maxRetries: fc.nat({ max: 20 }),
    failures: fc.nat({ max: 20 }),
  })
  .map(taskOf);

test('any task is settled by a move that its status allows, and only a restartable task that is not cancelled restarts', () => {
  fc.assert(
    fc.property(anyTask, (task) => {
      const fate = fateOf(task);
      if (!fate) return expect(['Executing', 'Cancelling']).not.toContain(task.status);
      const from: readonly string[] = TASK_MOVES[fate].from;
      expect(from).toContain(task.status);
      expect(!isFinalTask(TASK_MOVES[fate].to)).toBe(task.restartable && task.status === 'Executing');
    }),
  );
});

test('however many attempts end, the newest are kept in order, each once, and failures are not counted', () => {
  const anyEnd = fc.constantFrom('Finished' as const, 'Error' as const, 'Interrupted' as const, 'Cancelled' as const);
  fc.assert(
    fc.property(fc.array(anyEnd, { minLength: 1, maxLength: 3 * MAX_ATTEMPTS_KEPT }), (outcomes) => {
      let task = taskOf({ status: 'Executing', serverId: 's', startedAt: '' });
      for (const outcome of outcomes) {
        task = { ...task, attempt: task.attempt + 1 };
        task = { ...task, attempts: endedAttempts(task, { endedAt: '', outcome }) };
      }
      const numbered = outcomes.map((outcome, index) => [index + 1, outcome]).slice(-MAX_ATTEMPTS_KEPT);
      expect(task.attempts.map(({ attempt, outcome }) => [attempt, outcome])).toEqual(numbered);
      expect(task.failures).toBe(0);
    }),
  );
});
