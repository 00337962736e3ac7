/** The neighbourhood of a task: what it needs, directly or not, and what needs it. */
import { dependentsOf, type Node } from '#domain/jobs/graph';

/** How far to go from the task, and how many tasks to show at most. */
type Reach = { readonly distance: number; readonly most: number };
type Step = (taskId: string) => readonly string[];

/**
 * The task, its ancestors and its descendants within the distance, the nearest first; `left` is how many more there are
 * within it.
 */
export function neighboursOf<T extends Node>(tasks: readonly T[], taskId: string, { distance, most }: Reach) {
  const byId = new Map(tasks.map((task) => [task.taskId, task]));
  const dependents = dependentsOf(tasks);
  const up = reached(taskId, distance, (id) => byId.get(id)?.dependsOn?.map((needed) => needed.taskId) ?? []);
  const down = reached(taskId, distance, (id) => dependents.get(id) ?? []);
  const found = new Map([...up, ...down]);
  const nearest = [...found].sort(([, one], [, other]) => one - other).flatMap(([id]) => byId.get(id) ?? []);
  return { tasks: nearest.slice(0, most), left: Math.max(0, nearest.length - most) };
}

/** The distances of what can be reached in these steps. */
function reached(from: string, distance: number, next: Step): ReadonlyMap<string, number> {
  const found = new Map([[from, 0]]);
  // It grows while it is walked.
  for (const [id, far] of found)
    if (far < distance) for (const each of next(id)) if (!found.has(each)) found.set(each, far + 1);
  return found;
}
