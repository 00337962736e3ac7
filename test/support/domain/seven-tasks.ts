/**
 * The example of conditional tasks: T2 runs after T1 in any case; T3 and T4 run if T2 finished, T5 if it failed; T6
 * runs if T3 failed; T7 if T3 and T4 finished.
 */
import type { TaskStatus } from '#domain/statuses';
import type { Dependency } from '#domain/tasks/task';

export const IDS = ['T1', 'T2', 'T3', 'T4', 'T5', 'T6', 'T7'] as const;
export type Id = (typeof IDS)[number];
export type Outcome = 'Finished' | 'Error';
export type Outcomes = Readonly<Record<Id, Outcome>>;

/** Each task with its dependencies, as in a submission. */
export const SEVEN_TASKS: readonly { readonly taskId: Id; readonly dependsOn?: readonly Dependency[] }[] = [
  { taskId: 'T1' },
  { taskId: 'T2', dependsOn: [{ taskId: 'T1', expected: 'FinishedOrError' }] },
  { taskId: 'T3', dependsOn: [{ taskId: 'T2', expected: 'Finished' }] },
  { taskId: 'T4', dependsOn: [{ taskId: 'T2', expected: 'Finished' }] },
  { taskId: 'T5', dependsOn: [{ taskId: 'T2', expected: 'Error' }] },
  { taskId: 'T6', dependsOn: [{ taskId: 'T3', expected: 'Error' }] },
  {
    taskId: 'T7',
    dependsOn: [
      { taskId: 'T3', expected: 'Finished' },
      { taskId: 'T4', expected: 'Finished' },
    ],
  },
];

/** Every combination of outcomes of the first `count` tasks; the others finish if they run. */
export function outcomesOfFirst(count: number): Outcomes[] {
  return Array.from({ length: 2 ** count }, (_, bits) => {
    const of = (place: number): Outcome => ((bits >> place) % 2 === 0 ? 'Finished' : 'Error');
    return { T1: of(0), T2: of(1), T3: of(2), T4: of(3), T5: of(4), T6: of(5), T7: of(6) };
  });
}

/** The expected ends, as the example words them, task by task. */
export function expectedOf(outcomes: Outcomes): Record<Id, TaskStatus> {
  const { T1, T2 } = outcomes;
  const T3 = T2 === 'Finished' ? outcomes.T3 : 'NotRun';
  const T4 = T2 === 'Finished' ? outcomes.T4 : 'NotRun';
  const T5 = T2 === 'Error' ? outcomes.T5 : 'NotRun';
  const T6 = T3 === 'Error' ? outcomes.T6 : 'NotRun';
  const T7 = T3 === 'Finished' && T4 === 'Finished' ? outcomes.T7 : 'NotRun';
  return { T1, T2, T3, T4, T5, T6, T7 };
}
