import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { evaluateDependencies, findCycle } from '#domain/jobs/graph';
import type { TaskStatus } from '#domain/statuses';
import { anyGraph, type Drawn, endsOf } from '#test/support/domain/graphs';
import { taskOf } from '#test/support/domain/records';

test('a graph whose tasks depend on earlier ones has no cycle, in any order of submission', () => {
  fc.assert(fc.property(anyGraph(12), (tasks) => expect(findCycle(tasks)).toBeUndefined()));
});

test('any graph with any outcomes and any order of ends ends like the simple model, and no task stays Waiting', () => {
  fc.assert(
    fc.property(anyGraph(12), fc.array(fc.nat(), { minLength: 1 }), (tasks, picks) => {
      expect(Object.fromEntries(play(tasks, picks))).toEqual(Object.fromEntries(endsOf(tasks)));
    }),
    { numRuns: 1_000 },
  );
});

test('the verdict on a task does not change once it is decided, whatever ends later', () => {
  fc.assert(
    fc.property(anyGraph(8), fc.array(fc.nat(), { minLength: 1 }), (tasks, picks) => {
      const ends = play(tasks, picks);
      for (const task of tasks.filter(({ dependsOn }) => dependsOn.length > 0)) {
        const verdicts = task.dependsOn.map((_, count) => {
          const known = new Map(
            task.dependsOn.slice(0, count + 1).map(({ taskId }) => [taskId, ends.get(taskId) ?? 'Waiting']),
          );
          return evaluateDependencies(recordOf(task), known);
        });
        const decided = verdicts.slice(verdicts.findIndex((verdict) => verdict !== 'Waiting'));
        expect(new Set(decided).size).toBe(1);
        expect(verdicts.at(-1)).not.toBe('Waiting');
      }
    }),
  );
});

/** Ends Ready tasks in the order of the picks; evaluates waiting tasks after each end, or only after some. */
function play(tasks: readonly Drawn[], picks: readonly number[]): Map<string, TaskStatus> {
  const statusOf = new Map<string, TaskStatus>(
    tasks.map(({ taskId, dependsOn }) => [taskId, dependsOn.length > 0 ? 'Waiting' : 'Ready']),
  );
  for (let step = 0; step < tasks.length * 2 + 1; step += 1) {
    const pick = picks[step % picks.length] ?? 0;
    const ready = tasks.filter(({ taskId }) => statusOf.get(taskId) === 'Ready');
    const next = ready[pick % Math.max(1, ready.length)];
    if (next) statusOf.set(next.taskId, next.outcome);
    // An odd pick is a crash before the unlocking. The unlocking is made up for when no other task is Ready.
    if (pick % 2 === 0 || ready.length <= 1) while (unlock(tasks, statusOf));
  }
  return statusOf;
}

function unlock(tasks: readonly Drawn[], statusOf: Map<string, TaskStatus>): boolean {
  const waiting = tasks.filter(({ taskId }) => statusOf.get(taskId) === 'Waiting');
  const decided = waiting
    .map((task) => [task.taskId, evaluateDependencies(recordOf(task), statusOf)] as const)
    .filter(([, verdict]) => verdict !== 'Waiting');
  for (const [taskId, verdict] of decided) statusOf.set(taskId, verdict);
  return decided.length > 0;
}

function recordOf({ taskId, dependsOn, dependencyCondition }: Drawn) {
  return taskOf({ taskId, status: 'Waiting', dependsOn, dependencyCondition });
}
