/** The order in which the tasks of a job may run, as their dependencies have it. */
import { dependentsOf, type Node } from './graph.ts';

/**
 * The ids of tasks by stages: all of a stage may run at once, after those of earlier stages that they depend on. The
 * tasks depend on each other only, without a cycle.
 */
export function stagesOf(nodes: readonly Node[]): string[][] {
  const stages: string[][] = [];
  for (const [taskId, { stage }] of placesOf(nodes)) {
    const ids = stages[stage] ?? [];
    ids.push(taskId);
    stages[stage] = ids;
  }
  return stages;
}

/** The ids of the longest chain of tasks that depend on each other, in their order. Of equals it is the first one. */
export function longestChainOf(nodes: readonly Node[]): string[] {
  const places = placesOf(nodes);
  let last = [...places].reduce<[string, Place] | undefined>(
    (longest, each) => (longest && longest[1].stage >= each[1].stage ? longest : each),
    undefined,
  )?.[0];
  const chain: string[] = [];
  while (last !== undefined) {
    chain.push(last);
    last = places.get(last)?.after;
  }
  return chain.reverse();
}

/** The stage of a task, and the task of the stage before that it depends on. */
type Place = { readonly stage: number; readonly after?: string };

/** Places in an order in which the tasks could run. */
function placesOf(nodes: readonly Node[]): Map<string, Place> {
  const missing = new Map(nodes.map(({ taskId, dependsOn = [] }) => [taskId, dependsOn.length]));
  const dependents = dependentsOf(nodes);
  const places = new Map<string, Place>();
  let [stage, ids] = [0, nodes.filter(({ taskId }) => missing.get(taskId) === 0).map(({ taskId }) => taskId)];
  const after = new Map<string, string>();
  for (; ids.length > 0; stage += 1) {
    const next: string[] = [];
    for (const taskId of ids) {
      const before = after.get(taskId);
      places.set(taskId, { stage, ...(before === undefined ? {} : { after: before }) });
      for (const dependent of dependents.get(taskId) ?? []) {
        const left = (missing.get(dependent) ?? 0) - 1;
        missing.set(dependent, left);
        if (left > 0) continue;
        after.set(dependent, taskId);
        next.push(dependent);
      }
    }
    ids = next;
  }
  return places;
}
