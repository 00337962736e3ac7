import { expect, test } from '@jest/globals';
import { decideDependents, type Seen } from '#domain/jobs/decide-dependents';
import { taskOf } from '#test/support/domain/records';

const after = (taskId: string, on: string, run = 1) =>
  taskOf({ taskId, run, status: 'Waiting', dependsOn: [{ taskId: on, expected: 'Finished' }] });
const idsOf = (tasks: readonly { taskId: string }[]) => tasks.map(({ taskId }) => taskId).sort();

test.each([
  ['in order', [after('b', 'a'), after('c', 'b'), after('d', 'c')]],
  ['against the order', [after('d', 'c'), after('c', 'b'), after('b', 'a')]],
])('A chain %s that can never run is decided in one go', (_what, chain) => {
  const seen: Seen = new Map([['a', { run: 1, status: 'Error' }]]);
  const { ready, skipped } = decideDependents(chain, seen);
  expect([idsOf(ready), idsOf(skipped)]).toEqual([[], ['b', 'c', 'd']]);
  expect(seen.get('d')).toEqual({ run: 1, status: 'NotRun' });
});

test('What is decided for one run says nothing for another', () => {
  const seen: Seen = new Map([['a', { run: 1, status: 'Error' }]]);
  const { skipped } = decideDependents([after('b', 'a'), after('c', 'b', 2), after('d', 'a', 2)], seen);
  expect(idsOf(skipped)).toEqual(['b']);
});

test('Tasks whose dependencies are met may run, and their dependents wait', () => {
  const seen: Seen = new Map([['a', { run: 1, status: 'Finished' }]]);
  const { ready, skipped } = decideDependents([after('b', 'a'), after('c', 'b')], seen);
  expect([idsOf(ready), idsOf(skipped)]).toEqual([['b'], []]);
});
