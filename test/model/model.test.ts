import { describe, expect, test } from '@jest/globals';
import { explore } from './explore.ts';
import { AS_WRITTEN, lastcall } from './lastcall.ts';
import type { Setting } from './state.ts';

const restartable = { restartable: true, maxRetries: 0 };
const retried = { restartable: false, maxRetries: 1 };
const check = (given: Partial<Setting>) =>
  explore(lastcall({ tasks: [retried], faults: 1, reaper: true, rules: AS_WRITTEN, ...given })).violation;

describe('in every interleaving, with a fault at any point, the rules hold', () => {
  test.each<[string, Partial<Setting>]>([
    ['one restartable task', { tasks: [restartable] }],
    ['one task with a retry', { tasks: [retried] }],
    ['two tasks and no fault', { tasks: [restartable, retried], faults: 0, reaper: false }],
  ])('%s', (_name, given) => {
    expect(check(given)).toBeUndefined();
  });
});

describe('without one of the rules there is a counterexample', () => {
  const without = (rule: keyof typeof AS_WRITTEN): boolean =>
    [[restartable], [retried]].some((tasks) => check({ tasks, rules: { ...AS_WRITTEN, [rule]: false } }) !== undefined);

  test.each(['readJobAfterClaim', 'undoOnlyUnmarked', 'retryOnlyUnmarked', 'passRepeats', 'settleAfterProof'] as const)(
    'without %s',
    (rule) => {
      expect(without(rule)).toBe(true);
    },
  );
});
