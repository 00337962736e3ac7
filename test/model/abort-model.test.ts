import { describe, expect, test } from '@jest/globals';
import { ABORT_AS_WRITTEN, abortModel } from './abort-model.ts';
import type { AbortRules, AbortSetting } from './abort-state.ts';
import { explore } from './explore.ts';

type Given = Omit<AbortSetting, 'rules'>;
const ALONE: Given = { aborts: 1, bystander: 'Finished', withdraws: false, restartable: true, faults: 1 };
const CLAIMED: Given = { ...ALONE, bystander: 'Ready' };
const WITHDRAWN: Given = { ...ALONE, withdraws: true };
const WITHDRAWN_CLAIMED: Given = { ...CLAIMED, withdraws: true, restartable: false, faults: 0 };
const JOINED: Given = { ...ALONE, aborts: 2, faults: 0 };

const violation = (given: Given, without?: keyof AbortRules) =>
  explore(abortModel({ ...given, rules: { ...ABORT_AS_WRITTEN, ...(without ? { [without]: false } : {}) } })).violation;

describe('in every interleaving a server abort keeps the rules', () => {
  test.each([
    ['alone, with a fault at any point', ALONE],
    ['with a bystander that is claimed meanwhile, and a fault', CLAIMED],
    ['withdrawn at any point, with a fault', WITHDRAWN],
    ['withdrawn at any point, with a bystander that is claimed meanwhile', WITHDRAWN_CLAIMED],
    ['joined by a second one', JOINED],
  ])('%s', (_name, given) => {
    expect(violation(given)).toBeUndefined();
  });
});

describe('without one of the rules of a server abort there is a counterexample', () => {
  const RULES: readonly (readonly [keyof AbortRules, Given, string])[] = [
    ['readServerAfterClaim', CLAIMED, 'I4: nothing starts'],
    ['startOnlyUndrained', CLAIMED, 'I4: a server that has said'],
    ['waitForExecuting', CLAIMED, 'I4: a server that has said'],
    ['compareAfterDrain', CLAIMED, 'I5'],
    ['forceAfterDrain', ALONE, 'an abort is Withdrawn only'],
    ['joinStopping', JOINED, 'an abort is Withdrawn only'],
    ['stopOnlyNamed', WITHDRAWN_CLAIMED, 'I4: a server is stopped only'],
    ['resumeOnlyUnnamed', { ...JOINED, withdraws: true }, 'I4: a server that an abort names'],
    ['resumeOnlyDraining', ALONE, 'I4'],
    ['settleAfterProof', ALONE, 'I2: a final task runs nowhere'],
    ['settleTwice', CLAIMED, 'I6'],
    ['askWithoutEvent', ALONE, 'I6'],
    ['reapAborts', ALONE, 'I6'],
    ['reapDrains', CLAIMED, 'I6'],
    ['recallUnaccepted', ALONE, 'I6'],
    ['recallOnlyUnaccepted', ALONE, 'I4: a stop that was accepted'],
  ];

  test.each(RULES)('without %s', (rule, given, broken) => {
    expect(violation(given, rule)?.rule).toContain(broken);
  });

  test('each rule has its counterexample', () => {
    expect(RULES.map(([rule]) => rule).sort()).toEqual(Object.keys(ABORT_AS_WRITTEN).sort());
  });
});
