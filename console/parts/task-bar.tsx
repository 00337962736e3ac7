import { statusName, TASK_STATUSES, type TaskStatus } from '#domain/statuses';

type Counts = Readonly<Record<TaskStatus, number>>;

/** From what has ended to what has not begun. */
const ORDER: readonly TaskStatus[] = [
  'Finished',
  'Error',
  'Cancelled',
  'NotRun',
  'Cancelling',
  'Executing',
  'Ready',
  'Waiting',
];

/** One stacked bar of a job's tasks, and the same in words. */
export function TaskBar({ counts }: { counts: Counts }) {
  const words = inWords(counts);
  return (
    <div>
      <div className="task-bar" role="img" aria-label={`Tasks: ${words}`} title={words}>
        {ORDER.filter((status) => counts[status] > 0).map((status) => (
          <span key={status} className={`of-${status}`} style={{ flexGrow: counts[status] }} />
        ))}
      </div>
      <small>{progressOf(counts)}</small>
    </div>
  );
}

/** `3 Finished, 1 Executing`. */
function inWords(counts: Counts): string {
  const parts = ORDER.filter((status) => counts[status] > 0).map((status) => `${counts[status]} ${statusName(status)}`);
  return parts.length === 0 ? 'none' : parts.join(', ');
}

function progressOf(counts: Counts): string {
  const total = TASK_STATUSES.reduce((sum, status) => sum + counts[status], 0);
  const ended = counts.Finished + counts.Error + counts.Cancelled + counts.NotRun;
  const failed = counts.Error === 0 ? '' : `, ${counts.Error} failed`;
  return `${ended} of ${total} ended${failed}`;
}
