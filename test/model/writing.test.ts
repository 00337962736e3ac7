import { expect, test } from '@jest/globals';
import { explore } from './explore.ts';
import { writingModel } from './writing.ts';
import { WRITING_AS_WRITTEN, type WritingRules } from './writing-state.ts';

const RULES: readonly (keyof WritingRules)[] = [
  'jobFirst',
  'offerWrittenOnly',
  'endWrittenOnly',
  'acceptByLease',
  'fenceBeforeRemoval',
  'createOnlyNew',
  'passWhenWritten',
];

test('In every interleaving of request, workflow, cancel and reaper, a job comes to its end or nothing is left', () => {
  expect(explore(writingModel(WRITING_AS_WRITTEN)).violation).toBeUndefined();
});

test.each(RULES)('without %s there is a counterexample', (rule) => {
  expect(explore(writingModel({ ...WRITING_AS_WRITTEN, [rule]: false })).violation).toBeDefined();
});

test('each rule of the writing has its counterexample', () => {
  expect([...RULES].sort()).toEqual(Object.keys(WRITING_AS_WRITTEN).sort());
});
