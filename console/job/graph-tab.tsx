import Box from '@cloudscape-design/components/box';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useEffect, useState } from 'react';
import { useTasks } from '#console/api/reads.ts';
import type { Job, Task } from '#console/api/types.ts';
import { Status } from '#console/parts/status.tsx';
import { TaskLink } from '#console/parts/task-link.tsx';
import { startWorker } from '#console/parts/worker.ts';
import { Graph } from './graph.tsx';
import type { GraphTask, Layout } from './layout.ts';
import workerUrl from './layout-worker.ts?worker&url';
import { Stages } from './stages.tsx';

/** More tasks than this are shown as stages. */
const MAX_DRAWN = 200;
const MAX_STAGED = 1_000;

/** The dependencies of a job: drawn up to 200 tasks, else in stages. */
export function GraphTab({ job }: { job: Job }) {
  const { data } = useTasks(job.jobId, { limit: MAX_STAGED });
  const tasks = data?.items ?? [];
  if (!data) return <>Reading the tasks…</>;
  if (!tasks.some(({ dependsOn }) => dependsOn?.length)) return <Box>No task of this job depends on another one.</Box>;
  if (job.taskTotal > MAX_DRAWN) return <Stages job={job} tasks={tasks} />;
  return (
    <SpaceBetween size="m">
      <Drawn job={job} tasks={tasks} />
      <AsList job={job} tasks={tasks} />
    </SpaceBetween>
  );
}

function Drawn({ job, tasks }: { job: Job; tasks: readonly Task[] }) {
  const shape = JSON.stringify(tasks.map(graphTask));
  const [layout, setLayout] = useState<Layout>();
  useEffect(() => {
    const worker = startWorker(workerUrl);
    worker.onmessage = ({ data }: MessageEvent<Layout>) => setLayout(data);
    worker.postMessage(JSON.parse(shape));
    return () => worker.terminate();
  }, [shape]);
  return layout ? <Graph job={job} tasks={tasks} layout={layout} /> : <>Drawing the graph…</>;
}

function graphTask({ taskId, dependsOn = [] }: Task): GraphTask {
  return { taskId, dependsOn: dependsOn.map((needed) => needed.taskId) };
}

/** The same as a list, for those who cannot see the drawing. */
function AsList({ job, tasks }: { job: Job; tasks: readonly Task[] }) {
  return (
    <details>
      <summary>The same in a list</summary>
      <ul>
        {tasks.map(({ taskId, status, dependsOn = [] }) => (
          <li key={taskId}>
            <TaskLink jobId={job.jobId} taskId={taskId} /> <Status of={status} />
            {dependsOn.length > 0 && `, after ${dependsOn.map((needed) => needed.taskId).join(', ')}`}
          </li>
        ))}
      </ul>
    </details>
  );
}
