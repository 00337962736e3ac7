import { expect, test } from '@jest/globals';
import { didYouMean } from '#domain/words/nearest';

const KNOWN = ['name', 'batchGroup', 'priority', 'startAt', 'hold', 'tasks'];

test.each([
  ['priorty', 'priority'],
  ['batchgroup', 'batchGroup'],
  ['tsaks', 'tasks'],
  ['nmae', 'name'],
  ['start', 'startAt'],
])('%s may mean %s', (typed, meant) => {
  expect(didYouMean(typed, KNOWN)).toBe(`; did you mean "${meant}"?`);
});

test.each(['colour', 'x', '', 'retries'])('%j means none of them', (typed) => {
  expect(didYouMean(typed, KNOWN)).toBe('');
});
