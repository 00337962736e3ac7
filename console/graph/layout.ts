/** Places boxes and the lines between them; runs in a worker, since large graphs take their time. */
import dagre from '@dagrejs/dagre';
import { BOX_HEIGHT, BOX_WIDTH, type Drawing, type Layout } from './drawing.ts';

const MARGIN = 8;
const BETWEEN = 12;
/** Lines of the usual way are drawn straighter than those of a fault. */
const USUAL_WEIGHT = 8;
const BETWEEN_RANKS = { LR: 48, TB: 24 } as const;

/** The layout. Lines to boxes that are not there are left out. */
export function layoutOf({ direction, boxes }: Drawing): Layout {
  const graph = new dagre.graphlib.Graph({ compound: true });
  graph.setGraph({
    rankdir: direction,
    nodesep: BETWEEN,
    ranksep: BETWEEN_RANKS[direction],
    marginx: MARGIN,
    marginy: MARGIN,
  });
  const frames = [...new Set(boxes.flatMap(({ within = [] }) => within))];
  for (const id of frames) graph.setNode(id, {});
  for (const { id, within } of boxes) {
    graph.setNode(id, { width: BOX_WIDTH, height: BOX_HEIGHT });
    if (within !== undefined) graph.setParent(id, within);
  }
  const connect = (from: string, to: string, label: { weight: number; isFault: boolean }) => {
    if (graph.hasNode(from)) graph.setEdge(from, to, label);
  };
  for (const { id, after, afterFault = [] } of boxes) {
    for (const before of afterFault) connect(before, id, { weight: 1, isFault: true });
    for (const before of after) connect(before, id, { weight: USUAL_WEIGHT, isFault: false });
  }
  dagre.layout(graph);
  const { width = 0, height = 0 } = graph.graph();
  return {
    width,
    height,
    boxes: boxes.map(({ id }) => ({ id, x: graph.node(id).x, y: graph.node(id).y })),
    frames: frames.map((id) => ({ id, ...sizeOf(graph.node(id)) })),
    lines: graph.edges().map(({ v, w }) => ({
      from: v,
      to: w,
      isFault: graph.edge(v, w).isFault,
      points: graph.edge(v, w).points,
    })),
  };
}

function sizeOf({ x, y, width, height }: Layout['frames'][number]) {
  return { x, y, width, height };
}
