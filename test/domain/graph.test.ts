import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { dependentsOf, evaluateDependencies, findCycle } from '#domain/jobs/graph';
import { TASK_STATUSES, type TaskStatus } from '#domain/statuses';
import { type Dependency, EXPECTATIONS } from '#domain/tasks/task';
import { taskOf } from '#test/support/domain/records';

const on = (...taskIds: string[]): Dependency[] => taskIds.map((taskId) => ({ taskId, expected: 'Finished' }));
const node = (taskId: string, ...others: string[]) => ({ taskId, dependsOn: on(...others) });

describe('cycles', () => {
  test.each([
    ['no tasks', [], undefined],
    ['tasks without dependencies', [{ taskId: 'a' }, node('b')], undefined],
    ['a chain', [node('c', 'b'), node('b', 'a'), node('a')], undefined],
    ['a diamond', [node('d', 'b', 'c'), node('b', 'a'), node('c', 'a'), node('a')], undefined],
    ['a task that waits for itself', [node('a', 'a')], ['a', 'a']],
    ['two that wait for each other', [node('a', 'b'), node('b', 'a')], ['a', 'b', 'a']],
    ['a cycle behind a task that is not in it', [node('x', 'a'), node('a', 'b'), node('b', 'a')], ['a', 'b', 'a']],
    ['a cycle beside a free task', [node('a'), node('b', 'a', 'c'), node('c', 'b')], ['b', 'c', 'b']],
  ])('%s', (_, nodes, cycle) => {
    expect(findCycle(nodes)).toEqual(cycle);
  });

  const anyGraph = fc
    .integer({ min: 1, max: 8 })
    .chain((size) =>
      fc
        .array(fc.uniqueArray(fc.nat({ max: size - 1 }), { maxLength: 3 }), { minLength: size, maxLength: size })
        .map((edges) => edges.map((others, index) => node(`n${index}`, ...others.map((other) => `n${other}`)))),
    );

  test('a cycle is found exactly if some task waits for itself in the end, and the tasks named form a cycle', () => {
    fc.assert(
      fc.property(anyGraph, (nodes) => {
        const cycle = findCycle(nodes);
        expect(cycle !== undefined).toBe(nodes.some(({ taskId }) => reachableFrom(taskId, nodes).has(taskId)));
        if (cycle) expectCycle(cycle, nodes);
      }),
      { numRuns: 1_000 },
    );
  });

  test('the largest chain and the largest cycle of one request are checked', () => {
    const chain = Array.from({ length: 10_000 }, (_, at) => node(`n${at}`, ...(at === 0 ? [] : [`n${at - 1}`])));
    expect(findCycle(chain)).toBeUndefined();
    expect(findCycle([...chain.slice(1), node('n0', 'n9999')])).toHaveLength(10_001);
  });
});

test('the dependents of a task are the tasks that name it, in order', () => {
  expect(dependentsOf([node('a'), node('b', 'a'), node('c', 'a', 'b')])).toEqual(
    new Map([
      ['a', ['b', 'c']],
      ['b', ['c']],
    ]),
  );
});

describe('what a waiting task may do', () => {
  const anyDependencies = fc.array(
    fc.record({ expected: fc.constantFrom(...EXPECTATIONS), status: fc.constantFrom(...TASK_STATUSES, undefined) }),
    { minLength: 1, maxLength: 5 },
  );

  test('it runs if every future meets its condition, never runs if none does, and waits otherwise', () => {
    fc.assert(
      fc.property(anyDependencies, fc.constantFrom('All' as const, 'Any' as const), (given, condition) => {
        const dependsOn = given.map(({ expected }, index) => ({ taskId: `d${index}`, expected }));
        const statusOf = new Map(
          given.flatMap(({ status }, index) => (status ? [[`d${index}`, status] as const] : [])),
        );
        const task = taskOf({ status: 'Waiting', dependsOn, dependencyCondition: condition });
        expect(evaluateDependencies(task, statusOf)).toBe(verdictByFutures(given, condition));
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    ['Finished', 'Finished', 'Ready'],
    ['Finished', 'Error', 'NotRun'],
    ['Finished', 'NotRun', 'NotRun'],
    ['Finished', 'Cancelled', 'NotRun'],
    ['Error', 'Finished', 'NotRun'],
    ['Error', 'Error', 'Ready'],
    ['Error', 'NotRun', 'NotRun'],
    ['Error', 'Cancelled', 'NotRun'],
    ['FinishedOrError', 'Finished', 'Ready'],
    ['FinishedOrError', 'Error', 'Ready'],
    ['FinishedOrError', 'NotRun', 'NotRun'],
    ['FinishedOrError', 'Cancelled', 'NotRun'],
    ['FinishedOrError', 'Executing', 'Waiting'],
    ['FinishedOrError', 'Cancelling', 'Waiting'],
  ] as const)('a task that expects %s is, after %s, %s', (expected, status, verdict) => {
    const task = taskOf({ status: 'Waiting', dependsOn: [{ taskId: 'd', expected }] });
    expect(evaluateDependencies(task, new Map([['d', status]]))).toBe(verdict);
  });

  test('the default condition is All', () => {
    const task = taskOf({ status: 'Waiting', dependsOn: on('a', 'b') });
    expect(evaluateDependencies(task, new Map<string, TaskStatus>([['a', 'Finished']]))).toBe('Waiting');
  });
});

type Given = { expected: Dependency['expected']; status: TaskStatus | undefined };
const ENDS = ['Finished', 'Error', 'NotRun', 'Cancelled'] as const;

/** The simple way: try every end that the open dependencies can still have, and check the condition for each. */
function verdictByFutures(given: readonly Given[], condition: 'All' | 'Any'): string {
  const verdicts = new Set(futuresOf(given).map((future) => isMet(given, future, condition)));
  if (verdicts.size === 2) return 'Waiting';
  return verdicts.has(true) ? 'Ready' : 'NotRun';
}

function futuresOf(given: readonly Given[]): string[][] {
  const [first, ...rest] = given;
  if (!first) return [[]];
  const ends = ENDS.filter((end) => end === first.status);
  return (ends.length > 0 ? ends : ENDS).flatMap((end) => futuresOf(rest).map((future) => [end, ...future]));
}

function isMet(given: readonly Given[], future: readonly string[], condition: 'All' | 'Any'): boolean {
  const met = given.filter(({ expected }, index) => expected.split('Or').includes(future[index] ?? ''));
  return condition === 'All' ? met.length === given.length : met.length > 0;
}

function reachableFrom(taskId: string, nodes: readonly ReturnType<typeof node>[]): Set<string> {
  const reached = new Set<string>();
  const next = [taskId];
  for (let at = next.pop(); at !== undefined; at = next.pop()) {
    for (const other of nodes.find((each) => each.taskId === at)?.dependsOn ?? []) {
      if (!reached.has(other.taskId)) next.push(other.taskId);
      reached.add(other.taskId);
    }
  }
  return reached;
}

function expectCycle(cycle: readonly string[], nodes: readonly ReturnType<typeof node>[]): void {
  expect(cycle.length).toBeGreaterThan(1);
  expect(cycle.at(-1)).toBe(cycle[0]);
  expect(new Set(cycle).size).toBe(cycle.length - 1);
  for (const [index, taskId] of cycle.slice(0, -1).entries()) {
    const dependsOn = nodes.find((each) => each.taskId === taskId)?.dependsOn.map((each) => each.taskId);
    expect(dependsOn).toContain(cycle[index + 1]);
  }
}
