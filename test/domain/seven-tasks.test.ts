/** Plays every combination of outcomes of the seven tasks to its end. */
import { expect, test } from '@jest/globals';
import { evaluateDependencies } from '#domain/jobs/graph';
import { newJob, newTasks } from '#domain/jobs/submission';
import { submitJobSchema } from '#domain/requests';
import { isFinalTask, type TaskStatus } from '#domain/statuses';
import type { Task } from '#domain/tasks/task';
import { expectedOf, IDS, type Outcomes, outcomesOfFirst, SEVEN_TASKS } from '#test/support/domain/seven-tasks';

const request = submitJobSchema.parse({
  name: 'Seven tasks',
  tasks: SEVEN_TASKS.map((task) => ({ ...task, handler: 'echo' })),
});
const now = '2026-01-01T00:00:00.000Z';
const TASKS = newTasks(newJob(request, { jobId: 'j', createdBy: 'alice', now, priority: 'Normal' }), request.tasks, {
  firstIndex: 0,
  now,
});

/** The order in which Ready tasks run must make no difference. */
const ORDERS: [string, (ready: readonly string[]) => string | undefined][] = [
  ['the first one', (ready) => ready[0]],
  ['the last one', (ready) => ready.at(-1)],
  ['one in the middle', (ready) => ready[Math.floor(ready.length / 2)]],
];

test('at first only T1 may run', () => {
  expect(TASKS.filter((task) => task.status === 'Ready').map((task) => task.taskId)).toEqual(['T1']);
});

test.each(ORDERS)(
  'each of the 128 combinations of outcomes ends as the example says, when %s runs next',
  (_, choose) => {
    for (const outcomes of outcomesOfFirst(IDS.length)) {
      const { ended, started } = play(outcomes, choose);
      expect({ outcomes, ended }).toEqual({ outcomes, ended: expectedOf(outcomes) });
      expectOrder(started);
    }
  },
);

/** Runs one Ready task after the other, and evaluates every waiting task after each end. */
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
