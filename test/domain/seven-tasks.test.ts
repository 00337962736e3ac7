/**
 * The example of conditional tasks: T2 runs after T1, however that ended; T3 and T4 when T2 finished, T5 when it failed; T6 when T3
 * failed; T7 when T3 and T4 finished. Every combination of outcomes is played to its end.
 */
import { expect, test } from '@jest/globals';
import { evaluateDependencies } from '#domain/graph';
import { submitJobSchema } from '#domain/requests';
import { isFinalTask, type TaskStatus } from '#domain/statuses';
import { newJob, newTasks } from '#domain/submission';
import type { Task } from '#domain/task';

const IDS = ['T1', 'T2', 'T3', 'T4', 'T5', 'T6', 'T7'] as const;
type Id = (typeof IDS)[number];
type Outcome = 'Finished' | 'Error';
type Outcomes = Readonly<Record<Id, Outcome>>;

const request = submitJobSchema.parse({
  name: 'Seven tasks',
  tasks: [
    { taskId: 'T1', handler: 'echo' },
    { taskId: 'T2', handler: 'echo', dependsOn: [{ taskId: 'T1', expected: 'FinishedOrError' }] },
    { taskId: 'T3', handler: 'echo', dependsOn: [{ taskId: 'T2', expected: 'Finished' }] },
    { taskId: 'T4', handler: 'echo', dependsOn: [{ taskId: 'T2', expected: 'Finished' }] },
    { taskId: 'T5', handler: 'echo', dependsOn: [{ taskId: 'T2', expected: 'Error' }] },
    { taskId: 'T6', handler: 'echo', dependsOn: [{ taskId: 'T3', expected: 'Error' }] },
    {
      taskId: 'T7',
      handler: 'echo',
      dependencyCondition: 'All',
      dependsOn: [
        { taskId: 'T3', expected: 'Finished' },
        { taskId: 'T4', expected: 'Finished' },
      ],
    },
  ],
});
const now = '2026-01-01T00:00:00.000Z';
const TASKS = newTasks(newJob(request, { jobId: 'j', createdBy: 'alice', now, priority: 'Normal' }), request.tasks, {
  firstIndex: 0,
  now,
});

const ALL_OUTCOMES: Outcomes[] = Array.from({ length: 2 ** IDS.length }, (_, bits) => {
  const of = (place: number): Outcome => ((bits >> place) % 2 === 0 ? 'Finished' : 'Error');
  return { T1: of(0), T2: of(1), T3: of(2), T4: of(3), T5: of(4), T6: of(5), T7: of(6) };
});

/** Which of several Ready tasks runs next must make no difference. */
const ORDERS: [string, (ready: readonly string[]) => string | undefined][] = [
  ['the first one', (ready) => ready[0]],
  ['the last one', (ready) => ready.at(-1)],
  ['one in the middle', (ready) => ready[Math.floor(ready.length / 2)]],
];

test('at first T1 alone may run', () => {
  expect(TASKS.filter((task) => task.status === 'Ready').map((task) => task.taskId)).toEqual(['T1']);
});

test.each(ORDERS)(
  'each of the 128 combinations of outcomes ends as the example says, when %s runs next',
  (_, choose) => {
    for (const outcomes of ALL_OUTCOMES) {
      const { ended, started } = play(outcomes, choose);
      expect({ outcomes, ended }).toEqual({ outcomes, ended: expectedOf(outcomes) });
      expectOrder(started);
    }
  },
);

/** The example's own words, task by task. */
function expectedOf(outcomes: Outcomes): Record<Id, TaskStatus> {
  const { T1, T2 } = outcomes;
  const T3 = T2 === 'Finished' ? outcomes.T3 : 'NotRun';
  const T4 = T2 === 'Finished' ? outcomes.T4 : 'NotRun';
  const T5 = T2 === 'Error' ? outcomes.T5 : 'NotRun';
  const T6 = T3 === 'Error' ? outcomes.T6 : 'NotRun';
  const T7 = T3 === 'Finished' && T4 === 'Finished' ? outcomes.T7 : 'NotRun';
  return { T1, T2, T3, T4, T5, T6, T7 };
}

/** Runs one Ready task after the other; after each end every waiting task is asked what it may do. */
function play(outcomes: Outcomes, choose: (ready: readonly string[]) => string | undefined) {
  const statusOf = new Map<string, TaskStatus>(TASKS.map((task) => [task.taskId, task.status]));
  const started: string[] = [];
  for (let next = choose(readyOf(statusOf)); next !== undefined; next = choose(readyOf(statusOf))) {
    started.push(next);
    statusOf.set(next, outcomes[IDS.find((id) => id === next) ?? 'T1']);
    while (unlockOne(statusOf));
  }
  expect([...statusOf.values()].every(isFinalTask)).toBe(true);
  return { ended: Object.fromEntries(statusOf), started };
}

function readyOf(statusOf: ReadonlyMap<string, TaskStatus>): string[] {
  return [...statusOf].filter(([, status]) => status === 'Ready').map(([taskId]) => taskId);
}

function unlockOne(statusOf: Map<string, TaskStatus>): boolean {
  const decided = TASKS.filter((task) => statusOf.get(task.taskId) === 'Waiting')
    .map((task: Task) => [task.taskId, evaluateDependencies(task, statusOf)] as const)
    .find(([, verdict]) => verdict !== 'Waiting');
  if (decided) statusOf.set(...decided);
  return decided !== undefined;
}

function expectOrder(started: readonly string[]): void {
  for (const task of TASKS.filter((each) => started.includes(each.taskId))) {
    for (const { taskId } of task.dependsOn ?? []) {
      expect(started.slice(0, started.indexOf(task.taskId))).toContain(taskId);
    }
  }
}
