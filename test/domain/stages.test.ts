import { expect, test } from '@jest/globals';
import { longestChainOf, stagesOf } from '#domain/jobs/stages';

const node = (taskId: string, ...on: string[]) => ({
  taskId,
  dependsOn: on.map((each) => ({ taskId: each, expected: 'Finished' as const })),
});
const nodes = [node('report', 'load', 'check'), node('load', 'fetch'), node('check'), node('fetch'), node('mail')];

test('Tasks are in the first stage after all that they depend on', () => {
  expect(stagesOf(nodes)).toEqual([['check', 'fetch', 'mail'], ['load'], ['report']]);
});

test('The longest chain names each task once, in its order', () => {
  expect(longestChainOf(nodes)).toEqual(['fetch', 'load', 'report']);
});

test('Without dependencies there is one stage, and a chain of one task', () => {
  const free = [node('a'), node('b')];
  expect([stagesOf(free), longestChainOf(free)]).toEqual([[['a', 'b']], ['a']]);
  expect([stagesOf([]), longestChainOf([])]).toEqual([[], []]);
});
