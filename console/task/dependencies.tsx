import { STILL_MS } from '#client/pace';
import { useTask } from '#console/api/reads.ts';
import type { Task } from '#console/api/types.ts';
import { Status } from '#console/parts/status.tsx';
import { TaskLink } from '#console/parts/task-link.tsx';

/** The status of a task is a request of its own: only of the first ones. */
const MAX_WITH_STATUS = 10;

type Linked = { readonly taskId: string; readonly expected?: string };

/** The tasks that this one needs, how each must end, and how it stands. */
export function DependsOn({ task }: { task: Task }) {
  const condition = task.dependencyCondition === 'Any' ? 'any of ' : '';
  return (
    <>
      {condition}
      <Tasks jobId={task.jobId} tasks={task.dependsOn ?? []} />
    </>
  );
}

/** The tasks that need this one, and how each stands. */
export function NeededBy({ task }: { task: Task }) {
  return <Tasks jobId={task.jobId} tasks={(task.dependents ?? []).map((taskId) => ({ taskId }))} />;
}

function Tasks({ jobId, tasks }: { jobId: string; tasks: readonly Linked[] }) {
  if (tasks.length === 0) return <>none</>;
  return (
    <ul className="links">
      {tasks.map(({ taskId, expected }, index) => (
        <li key={taskId}>
          <TaskLink jobId={jobId} taskId={taskId} />
          {expected !== undefined && ` (${expected})`}{' '}
          {index < MAX_WITH_STATUS && <StatusOf jobId={jobId} taskId={taskId} />}
        </li>
      ))}
    </ul>
  );
}

function StatusOf({ jobId, taskId }: { jobId: string; taskId: string }) {
  const { data } = useTask(jobId, taskId, STILL_MS);
  return data ? <Status of={data.status} /> : '…';
}
