import { type KeyboardEvent, useRef } from 'react';
import { useLocation } from 'wouter';
import type { Job, Task } from '#console/api/types.ts';
import { statusName } from '#console/parts/status.tsx';
import { taskPage } from '#console/parts/task-link.tsx';
import { type Layout, NODE_HEIGHT, NODE_WIDTH } from './layout.ts';

const MAX_LETTERS = 18;

type Props = { job: Job; tasks: readonly Task[]; layout: Layout };

/** The drawn graph: each task is a link, and arrow keys go along the lines. */
export function Graph({ job, tasks, layout }: Props) {
  const [, navigate] = useLocation();
  const svg = useRef<SVGSVGElement>(null);
  const byId = new Map(tasks.map((task) => [task.taskId, task]));
  const open = (taskId: string) => navigate(taskPage({ jobId: job.jobId, taskId }));
  const onKey = (event: KeyboardEvent, taskId: string) => {
    const next = neighbourOf(event.key, taskId, layout);
    if (next === undefined) return;
    event.preventDefault();
    svg.current?.querySelector<SVGAElement>(`[data-task="${CSS.escape(next)}"]`)?.focus();
  };
  return (
    <section className="graph" aria-label="Dependencies of the tasks">
      <svg ref={svg} width={layout.width} height={layout.height}>
        <title>Dependencies of the tasks</title>
        {layout.lines.map(({ from, to, points }) => (
          <polyline
            key={`${from} ${to}`}
            points={points.map(({ x, y }) => `${x},${y}`).join(' ')}
            className="graph-line"
          />
        ))}
        {layout.nodes.map(({ taskId, x, y }) => {
          const status = byId.get(taskId)?.status ?? 'Waiting';
          return (
            <a
              key={taskId}
              data-task={taskId}
              href={`/console${taskPage({ jobId: job.jobId, taskId })}`}
              onClick={(event) => {
                event.preventDefault();
                open(taskId);
              }}
              onKeyDown={(event) => onKey(event, taskId)}
            >
              <g transform={`translate(${x - NODE_WIDTH / 2} ${y - NODE_HEIGHT / 2})`}>
                <rect width={NODE_WIDTH} height={NODE_HEIGHT} rx={6} className={`graph-node is-${status}`} />
                <text x={8} y={15} className="graph-name">
                  {taskId.length > MAX_LETTERS ? `${taskId.slice(0, MAX_LETTERS - 1)}…` : taskId}
                </text>
                <text x={8} y={29} className="graph-status">
                  {statusName(status)}
                </text>
              </g>
            </a>
          );
        })}
      </svg>
    </section>
  );
}

/** Right and left follow a line; up and down go to the next task in the same column. */
function neighbourOf(key: string, taskId: string, { nodes, lines }: Layout): string | undefined {
  if (key === 'ArrowRight') return lines.find(({ from }) => from === taskId)?.to;
  if (key === 'ArrowLeft') return lines.find(({ to }) => to === taskId)?.from;
  if (key !== 'ArrowDown' && key !== 'ArrowUp') return undefined;
  const here = nodes.find((node) => node.taskId === taskId);
  const column = nodes.filter(({ x }) => x === here?.x).sort((one, other) => one.y - other.y);
  const at = column.findIndex((node) => node.taskId === taskId);
  return column[at + (key === 'ArrowDown' ? 1 : -1)]?.taskId;
}
