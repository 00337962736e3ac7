/** Random graphs of tasks with random outcomes, and the expected ends by a simple model. */
import fc from 'fast-check';
import type { TaskStatus } from '#domain/statuses';
import { type Dependency, EXPECTATIONS } from '#domain/tasks/task';

export type Outcome = 'Finished' | 'Error';
export type Drawn = {
  readonly taskId: string;
  readonly dependsOn: Dependency[];
  readonly dependencyCondition: 'All' | 'Any';
  /** How it ends if it runs. */
  readonly outcome: Outcome;
};

/** Graphs without cycles: a task depends only on earlier ones. The order of submission is random. */
export function anyGraph(maxTasks: number): fc.Arbitrary<Drawn[]> {
  return fc
    .integer({ min: 1, max: maxTasks })
    .chain((size) => fc.tuple(...Array.from({ length: size }, (_, index) => anyTask(index))))
    .chain((tasks) => fc.shuffledSubarray(tasks, { minLength: tasks.length }));
}

function anyTask(index: number): fc.Arbitrary<Drawn> {
  const anyDependency = fc.record({
    taskId: fc.nat({ max: Math.max(0, index - 1) }).map((earlier) => `t${earlier}`),
    expected: fc.constantFrom(...EXPECTATIONS),
  });
  return fc.record({
    taskId: fc.constant(`t${index}`),
    dependsOn: fc.uniqueArray(anyDependency, { maxLength: Math.min(index, 4), selector: ({ taskId }) => taskId }),
    dependencyCondition: fc.constantFrom('All' as const, 'Any' as const),
    outcome: fc.constantFrom('Finished' as const, 'Error' as const),
  });
}

/** The end of each task, one after the other, from the ends of the tasks before it. */
export function endsOf(tasks: readonly Drawn[]): Map<string, TaskStatus> {
  const ends = new Map<string, TaskStatus>();
  for (let index = 0; index < tasks.length; index += 1) {
    const task = tasks.find(({ taskId }) => taskId === `t${index}`);
    if (!task) throw new Error(`The graph has no t${index}.`);
    const met = task.dependsOn.filter(({ taskId, expected }) => expected.split('Or').includes(ends.get(taskId) ?? ''));
    const all = met.length === task.dependsOn.length;
    const runs = task.dependencyCondition === 'All' ? all : all || met.length > 0;
    ends.set(task.taskId, runs ? task.outcome : 'NotRun');
  }
  return ends;
}
