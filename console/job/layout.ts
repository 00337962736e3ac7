/** Places the tasks of a job and their dependencies; runs in a worker, since large graphs take their time. */
import dagre from '@dagrejs/dagre';

/** A task and those that it depends on. */
export type GraphTask = { readonly taskId: string; readonly dependsOn: readonly string[] };
/** Where each task and each line lies, in pixels. */
export type Layout = {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly { readonly taskId: string; readonly x: number; readonly y: number }[];
  readonly lines: readonly { readonly from: string; readonly to: string; readonly points: readonly Point[] }[];
};
type Point = { readonly x: number; readonly y: number };

export const NODE_WIDTH = 150;
export const NODE_HEIGHT = 36;

/** The layout, from left to right. */
export function layoutOf(tasks: readonly GraphTask[]): Layout {
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: 'LR', nodesep: 12, ranksep: 48, marginx: 8, marginy: 8 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { taskId } of tasks) graph.setNode(taskId, { width: NODE_WIDTH, height: NODE_HEIGHT });
  for (const { taskId, dependsOn } of tasks) for (const needed of dependsOn) graph.setEdge(needed, taskId);
  dagre.layout(graph);
  const { width = 0, height = 0 } = graph.graph();
  return {
    width,
    height,
    nodes: tasks.map(({ taskId }) => ({ taskId, x: graph.node(taskId).x, y: graph.node(taskId).y })),
    lines: graph.edges().map(({ v, w }) => ({ from: v, to: w, points: graph.edge(v, w).points })),
  };
}
