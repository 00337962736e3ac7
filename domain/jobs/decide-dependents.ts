/** The decisions on many waiting tasks at once: a task that will never run decides on its dependents, too. */
import type { TaskStatus } from '#domain/statuses';
import type { Task } from '#domain/tasks/task';
import { dependentsOf, evaluateDependencies } from './graph.ts';

/** What a decision needs of a task. */
export type Undecided = Pick<Task, 'taskId' | 'run' | 'dependsOn' | 'dependencyCondition'>;
/** The run and status of tasks, by their ids. */
export type Seen = Map<string, Pick<Task, 'run' | 'status'>>;

/**
 * Which of these waiting tasks may run now, and which never will, followed through all of them. The latter are in
 * `seen` as NotRun from then on: each party that reads the statuses of this run decides the same.
 */
export function decideDependents<T extends Undecided>(waiting: readonly T[], seen: Seen): { ready: T[]; skipped: T[] } {
  const undecided = new Map(waiting.map((task) => [task.taskId, task]));
  const dependents = dependentsOf(waiting);
  const [ready, skipped]: [T[], T[]] = [[], []];
  // It grows while it is walked.
  const looks = [...waiting];
  for (const task of looks) {
    const verdict = undecided.has(task.taskId) ? evaluateDependencies(task, statusesFor(task, seen)) : 'Waiting';
    if (verdict === 'Waiting') continue;
    undecided.delete(task.taskId);
    (verdict === 'Ready' ? ready : skipped).push(task);
    if (verdict === 'Ready') continue;
    seen.set(task.taskId, { run: task.run, status: 'NotRun' });
    for (const taskId of dependents.get(task.taskId) ?? []) {
      const dependent = undecided.get(taskId);
      if (dependent) looks.push(dependent);
    }
  }
  return { ready, skipped };
}

/**
 * The statuses, in the task's own run, of the tasks that it depends on. A status of an earlier run does not count: the
 * pass of a requeue may have reached this task, but not yet those. If they stay as they are, the pass unlocks at its
 * end.
 */
function statusesFor(task: Undecided, seen: Seen): Map<string, TaskStatus> {
  const needed = (task.dependsOn ?? []).flatMap(({ taskId }) => {
    const found = seen.get(taskId);
    return found?.run === task.run ? [[taskId, found.status] as const] : [];
  });
  return new Map(needed);
}
