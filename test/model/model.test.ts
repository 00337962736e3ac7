import { describe, expect, test } from '@jest/globals';
import { explore } from './explore.ts';
import { AS_WRITTEN, lastcall } from './lastcall.ts';
import type { Rules, Setting } from './state.ts';

const restartable = { restartable: true, maxRetries: 0 };
const retried = { restartable: false, maxRetries: 1 };
const once = { restartable: false, maxRetries: 0 };
const check = (given: Partial<Setting>) =>
  explore(lastcall({ tasks: [retried], cancels: true, faults: 1, reaper: true, rules: AS_WRITTEN, ...given }))
    .violation;

describe('in every interleaving, with a fault at any point, the rules hold', () => {
  test.each<[string, Partial<Setting>]>([
    ['one restartable task', { tasks: [restartable] }],
    ['one task with a retry', { tasks: [retried] }],
    ['two tasks and no fault', { tasks: [restartable, retried], faults: 0, reaper: false }],
    ['two tasks and no cancel', { tasks: [once, once], cancels: false }],
  ])('%s', (_name, given) => {
    expect(check(given)).toBeUndefined();
  });
});

describe('without one of the rules there is a counterexample', () => {
  const RULES: readonly (readonly [keyof Rules, Partial<Setting>])[] = [
    ['readJobAfterClaim', { tasks: [restartable] }],
    ['undoOnlyUnmarked', { tasks: [retried] }],
    ['retryOnlyUnmarked', { tasks: [retried] }],
    ['endOnlyOwnClaim', { tasks: [restartable] }],
    ['passRepeats', { tasks: [retried] }],
    // The reaper would make the check in the end.
    ['checkAfterRefusal', { tasks: [once], faults: 0, reaper: false }],
    ['settleAfterProof', { tasks: [restartable] }],
    ['settleTwice', { tasks: [restartable] }],
    ['undoUnknown', { tasks: [once], cancels: false }],
    ['newReadyKey', { tasks: [retried], cancels: false }],
  ];

  test.each(RULES)('without %s', (rule, given) => {
    expect(check({ ...given, rules: { ...AS_WRITTEN, [rule]: false } })).toBeDefined();
  });

  test('each rule has its counterexample', () => {
    expect(RULES.map(([rule]) => rule).sort()).toEqual(Object.keys(AS_WRITTEN).sort());
  });
});
