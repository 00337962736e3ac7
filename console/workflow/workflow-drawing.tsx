import { BOX_HEIGHT, BOX_WIDTH, type Layout } from '#console/graph/drawing.ts';
import { Lines } from '#console/graph/lines.tsx';
import { useLayout } from '#console/graph/use-layout.ts';
import { useScrolledTo } from '#console/graph/use-scrolled-to.ts';
import { counted } from '#console/parts/words.ts';
import type { Standing } from './standing.ts';
import { STATES } from './workflow.ts';

type Props = { standings: ReadonlyMap<string, Standing> };

/** The workflow as a picture. The list beside it says the same, so screen readers skip it. */
export function WorkflowDrawing({ standings }: Props) {
  const layout = useLayout({
    direction: 'TB',
    boxes: STATES.map(({ name, what: _, ...lines }) => ({ id: name, ...lines })),
  });
  const section = useScrolledTo(layout?.boxes.find(({ id }) => standings.get(id)?.progress === 'current')?.x);
  if (!layout) return null;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
    <section ref={section} className="graph" tabIndex={0} aria-label="Picture of the workflow">
      <svg width={layout.width} height={layout.height} aria-hidden="true">
        {layout.frames.map((frame) => (
          <Frame key={frame.id} frame={frame} />
        ))}
        <Lines lines={layout.lines} />
        {layout.boxes.map((box) => (
          <StateBox key={box.id} box={box} standing={standings.get(box.id)} />
        ))}
      </svg>
    </section>
  );
}

function Frame({ frame: { id, x, y, width, height } }: { frame: Layout['frames'][number] }) {
  const [left, top] = [x - width / 2, y - height / 2];
  return (
    <>
      <rect x={left} y={top} width={width} height={height} rx={8} className="graph-frame" />
      <text x={left + 8} y={top + 16} className="graph-frame-name">
        {id}: each server
      </text>
    </>
  );
}

type BoxProps = { box: Layout['boxes'][number]; standing: Standing | undefined };

function StateBox({ box, standing = { progress: 'ahead', serverIds: [] } }: BoxProps) {
  return (
    <g transform={`translate(${box.x - BOX_WIDTH / 2} ${box.y - BOX_HEIGHT / 2})`}>
      <rect width={BOX_WIDTH} height={BOX_HEIGHT} rx={6} className={`graph-node is-${standing.progress}`} />
      <text x={8} y={15} className="graph-name">
        {box.id}
      </text>
      <text x={8} y={29} className="graph-status">
        {standingInWords(standing)}
      </text>
    </g>
  );
}

/** `now: 2 servers`, `passed`, or nothing for a state that is still ahead. */
export function standingInWords({ progress, serverIds }: Standing): string {
  if (progress === 'ahead') return '';
  if (progress !== 'current') return progress;
  return serverIds.length === 0 ? 'now' : `now: ${counted(serverIds.length, 'server')}`;
}
