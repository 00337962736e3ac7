/** The dependencies within a job: which task waits for which, whether they can be met, whether they form a cycle. */
import { HANDLED_TASK_STATUSES, isFinalTask, type TaskStatus } from '#domain/statuses';
import type { Dependency, Task } from '#domain/tasks/task';

/** A task and those that it depends on. */
export type Node = { readonly taskId: string; readonly dependsOn?: readonly Dependency[] | undefined };

/** The tasks of a cycle in order, with the first one again at the end; undefined if there is no cycle. */
export function findCycle(nodes: readonly Node[]): string[] | undefined {
  const open = new Map(nodes.map((node) => [node.taskId, new Set(node.dependsOn?.map((each) => each.taskId))]));
  const dependents = dependentsOf(nodes);
  const free = nodes.filter((node) => open.get(node.taskId)?.size === 0).map((node) => node.taskId);
  for (let taskId = free.pop(); taskId !== undefined; taskId = free.pop()) {
    open.delete(taskId);
    for (const dependent of dependents.get(taskId) ?? []) {
      const rest = open.get(dependent);
      rest?.delete(taskId);
      if (rest?.size === 0) free.push(dependent);
    }
  }
  return open.size === 0 ? undefined : walkCycle(open);
}

/** For each task, the tasks that depend on it. */
export function dependentsOf(nodes: readonly Node[]): Map<string, string[]> {
  const dependents = new Map<string, string[]>();
  for (const node of nodes) {
    for (const { taskId } of node.dependsOn ?? []) {
      const known = dependents.get(taskId);
      if (known) known.push(node.taskId);
      else dependents.set(taskId, [node.taskId]);
    }
  }
  return dependents;
}

/**
 * What a waiting task may do now, given the statuses of the tasks that it depends on:
 * run (`Ready`), wait on (`Waiting`), or never run (`NotRun`), because its condition can no longer be met.
 */
export function evaluateDependencies(
  task: Pick<Task, 'dependsOn' | 'dependencyCondition'>,
  statusOf: ReadonlyMap<string, TaskStatus>,
): 'Ready' | 'Waiting' | 'NotRun' {
  const states = (task.dependsOn ?? []).map((dependency) => stateOf(dependency, statusOf.get(dependency.taskId)));
  const any = task.dependencyCondition === 'Any';
  if (any ? states.includes('met') : states.every((state) => state === 'met')) return 'Ready';
  return (any ? states.every((state) => state === 'unmet') : states.includes('unmet')) ? 'NotRun' : 'Waiting';
}

function stateOf(dependency: Dependency, status: TaskStatus | undefined): 'met' | 'unmet' | 'open' {
  if (status === undefined || !isFinalTask(status)) return 'open';
  if (dependency.expected === status) return 'met';
  return dependency.expected === 'FinishedOrError' && HANDLED_TASK_STATUSES.includes(status) ? 'met' : 'unmet';
}

/** Every task that is left waits for another that is left: a path of one dependency each must end in a cycle. */
function walkCycle(open: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const path: string[] = [];
  let [taskId] = open.keys();
  while (taskId !== undefined && !path.includes(taskId)) {
    path.push(taskId);
    [taskId] = [...(open.get(taskId) ?? [])].filter((each) => open.has(each));
  }
  return taskId === undefined ? path : [...path.slice(path.indexOf(taskId)), taskId];
}
