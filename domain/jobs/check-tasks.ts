/** Checks of the tasks of one request, against each other. */
import { Refusal } from '#domain/errors';
import { MAX_DEPENDENTS_PER_TASK } from '#domain/limits';
import type { TaskRequest } from '#domain/requests';
import { dependentsOf, findCircle } from './graph.ts';

/**
 * Checks that each task of a request has its own id.
 * @throws Refusal InvalidRequest
 */
export function checkIds(named: readonly { taskId: string }[]): void {
  const seen = new Set<string>();
  for (const [index, { taskId }] of named.entries()) {
    if (seen.has(taskId)) {
      throw new Refusal(
        'InvalidRequest',
        `tasks[${index}].taskId "${taskId}" is used twice; give each task its own id.`,
        { taskId },
      );
    }
    seen.add(taskId);
  }
}

/**
 * Checks that tasks depend on other tasks of the same request, each named once, without circles, and that no task has
 * too many dependents.
 * @throws Refusal InvalidRequest
 */
export function checkDependencies(named: readonly (TaskRequest & { taskId: string })[]): void {
  const known = new Set(named.map((request) => request.taskId));
  for (const [index, request] of named.entries()) checkDependenciesOf(request, { index, known });
  for (const [taskId, dependents] of dependentsOf(named)) {
    if (dependents.length > MAX_DEPENDENTS_PER_TASK) {
      throw new Refusal(
        'InvalidRequest',
        `"${taskId}" has ${dependents.length} dependents; a task can have at most ${MAX_DEPENDENTS_PER_TASK}.`,
      );
    }
  }
  const circle = findCircle(named);
  if (circle)
    throw new Refusal('InvalidRequest', `The dependencies form a circle: ${circle.join(' -> ')}.`, { circle });
}

function checkDependenciesOf(request: TaskRequest, place: { index: number; known: ReadonlySet<string> }): void {
  const named = new Set<string>();
  for (const { taskId } of request.dependsOn ?? []) {
    if (!place.known.has(taskId)) {
      throw new Refusal(
        'InvalidRequest',
        `tasks[${place.index}] depends on "${taskId}", which is not a task of this request.`,
        { taskId },
      );
    }
    if (named.has(taskId)) {
      throw new Refusal('InvalidRequest', `tasks[${place.index}] names "${taskId}" twice in dependsOn.`, { taskId });
    }
    named.add(taskId);
  }
}
