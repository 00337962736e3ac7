import type { KeyboardEvent } from 'react';
import { useLocation } from 'wouter';
import type { Job, Task } from '#console/api/types.ts';
import { taskPage } from '#console/parts/task-link.tsx';
import { statusName } from '#domain/statuses';
import { BOX_HEIGHT, BOX_WIDTH, type Layout } from './drawing.ts';
import { Lines } from './lines.tsx';
import { useScrolledTo } from './use-scrolled-to.ts';

const MAX_LETTERS = 18;

type Shown = Pick<Task, 'taskId' | 'name' | 'status'>;
type Props = { job: Job; tasks: readonly Shown[]; layout: Layout; middle?: string };

/** The drawn graph: each task is a link, and arrow keys go along the lines. */
export function Graph({ job, tasks, layout, middle }: Props) {
  const section = useScrolledTo(layout.boxes.find(({ id }) => id === middle)?.x);
  const byId = new Map(tasks.map((task) => [task.taskId, task]));
  const onKey = (event: KeyboardEvent, taskId: string) => {
    const next = neighbourOf(event.key, taskId, layout);
    if (next === undefined) return;
    event.preventDefault();
    section.current?.querySelector<SVGAElement>(`[data-task="${CSS.escape(next)}"]`)?.focus();
  };
  return (
    <section ref={section} className="graph" aria-label="Dependencies of the tasks">
      <svg width={layout.width} height={layout.height}>
        <title>Dependencies of the tasks</title>
        <Lines lines={layout.lines} />
        {layout.boxes.map(({ id, x, y }) => {
          const task = byId.get(id);
          return (
            task && <TaskBox key={id} job={job} task={task} at={{ x, y }} isMiddle={id === middle} onKey={onKey} />
          );
        })}
      </svg>
    </section>
  );
}

type BoxProps = {
  job: Job;
  task: Shown;
  at: { x: number; y: number };
  isMiddle: boolean;
  onKey(event: KeyboardEvent, taskId: string): void;
};

function TaskBox({ job, task: { taskId, name = taskId, status }, at, isMiddle, onKey }: BoxProps) {
  const [, navigate] = useLocation();
  const page = taskPage({ jobId: job.jobId, taskId });
  return (
    <a
      data-task={taskId}
      href={`/console${page}`}
      aria-current={isMiddle ? 'true' : undefined}
      onClick={(event) => {
        event.preventDefault();
        navigate(page);
      }}
      onKeyDown={(event) => onKey(event, taskId)}
    >
      <title>{name}</title>
      <g transform={`translate(${at.x - BOX_WIDTH / 2} ${at.y - BOX_HEIGHT / 2})`}>
        <rect width={BOX_WIDTH} height={BOX_HEIGHT} rx={6} className={`graph-node is-${status}`} />
        {isMiddle && (
          <rect x={-4} y={-4} width={BOX_WIDTH + 8} height={BOX_HEIGHT + 8} rx={9} className="graph-middle" />
        )}
        <text x={8} y={15} className="graph-name">
          {name.length > MAX_LETTERS ? `${name.slice(0, MAX_LETTERS - 1)}…` : name}
        </text>
        <text x={8} y={29} className="graph-status">
          {statusName(status)}
        </text>
      </g>
    </a>
  );
}

/** Right and left follow a line; up and down go to the next task in the same column. */
function neighbourOf(key: string, taskId: string, { boxes, lines }: Layout): string | undefined {
  if (key === 'ArrowRight') return lines.find(({ from }) => from === taskId)?.to;
  if (key === 'ArrowLeft') return lines.find(({ to }) => to === taskId)?.from;
  if (key !== 'ArrowDown' && key !== 'ArrowUp') return undefined;
  const here = boxes.find(({ id }) => id === taskId);
  const column = boxes.filter(({ x }) => x === here?.x).sort((one, other) => one.y - other.y);
  const at = column.findIndex(({ id }) => id === taskId);
  return column[at + (key === 'ArrowDown' ? 1 : -1)]?.id;
}
