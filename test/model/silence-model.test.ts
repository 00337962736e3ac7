import { describe, expect, test } from '@jest/globals';
import { explore } from './explore.ts';
import { SILENCE_RULES, type SilenceSetting, silence } from './silence-model.ts';

const ANY_PAUSE = { slack: 2, pauseFor: 1 };
/** A server that is slow by itself looks silent already when a long pause begins. */
const LONG_PAUSE = { slack: 3, pauseFor: 7 };
const check = (setting: Omit<SilenceSetting, 'rules'>, without?: keyof typeof SILENCE_RULES) => {
  const rules = without ? { ...SILENCE_RULES, [without]: false } : SILENCE_RULES;
  return explore(silence({ ...setting, rules })).violation;
};

describe('in every interleaving, a pause of any length costs no server that lives, and a dead one is found', () => {
  test.each([
    ['any pause', ANY_PAUSE],
    ['a long pause under a slow server', LONG_PAUSE],
  ])('%s', (_name, setting) => {
    expect(check(setting)).toBeUndefined();
  });
});

describe('without one of the rules a server that lives is declared lost', () => {
  test.each([
    ['beginsWithLook', ANY_PAUSE],
    ['slowLooksDoubt', ANY_PAUSE],
    ['lateLooksDoubt', LONG_PAUSE],
  ] as const)('without %s', (rule, setting) => {
    expect(check(setting, rule)?.rule).toBe('no server that lives is declared lost');
  });
});
