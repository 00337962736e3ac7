import SpaceBetween from '@cloudscape-design/components/space-between';
import type { Job } from '#console/api/types.ts';
import { Status } from '#console/parts/status.tsx';
import { TaskLink } from '#console/parts/task-link.tsx';
import { Graph } from './graph.tsx';
import { InAList } from './in-a-list.tsx';
import type { GraphTask } from './use-graph.ts';
import { useLayout } from './use-layout.ts';

type Props = { job: Job; tasks: readonly GraphTask[]; middle?: string };

/** These tasks drawn, and the same as a list for those who cannot see the drawing. */
export function Drawn({ job, tasks, middle }: Props) {
  const layout = useLayout({ direction: 'LR', boxes: tasks.map(boxOf) });
  return (
    <SpaceBetween size="m">
      {layout ? <Graph job={job} tasks={tasks} layout={layout} middle={middle} /> : 'Drawing the graph…'}
      <InAList>
        {() => (
          <ul>
            {tasks.map(({ taskId, name, status, dependsOn = [] }) => (
              <li key={taskId}>
                <TaskLink jobId={job.jobId} taskId={taskId}>
                  {name ?? taskId}
                </TaskLink>{' '}
                <Status of={status} />
                {dependsOn.length > 0 && `, after ${dependsOn.map((needed) => needed.taskId).join(', ')}`}
              </li>
            ))}
          </ul>
        )}
      </InAList>
    </SpaceBetween>
  );
}

function boxOf({ taskId, dependsOn = [] }: GraphTask) {
  return { id: taskId, after: dependsOn.map((needed) => needed.taskId) };
}
