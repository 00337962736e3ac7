import Box from '@cloudscape-design/components/box';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useLocation, useSearch } from 'wouter';
import type { Job } from '#console/api/types.ts';
import { Problem } from '#console/app/problem.tsx';
import { counted } from '#console/parts/words.ts';
import { Drawn } from './drawn.tsx';
import { neighboursOf } from './neighbours.ts';
import { type Picked, Picker } from './picker.tsx';
import { Stages } from './stages.tsx';
import { type GraphTask, useGraph } from './use-graph.ts';

/** More tasks than this are shown as stages. */
const MAX_DRAWN = 200;
/** Of the neighbourhood of one task, the nearest are shown. */
const MAX_NEIGHBOURS = 60;

/** The dependencies of a job: drawn up to 200 tasks, else in stages; or what is around the task that the URL names. */
export function GraphTab({ job }: { job: Job }) {
  const [, navigate] = useLocation();
  const { data: tasks, error } = useGraph(job.jobId);
  const picked = pickedIn(new URLSearchParams(useSearch()));
  if (!tasks) return error ? <Problem error={error} header="The tasks cannot be read" /> : 'Reading the tasks…';
  if (!tasks.some(({ dependsOn }) => dependsOn?.length)) return <Box>No task of this job depends on another one.</Box>;
  const pick = (next?: Picked) => {
    const search =
      next === undefined ? '' : `?${new URLSearchParams({ task: next.taskId, distance: `${next.distance}` })}`;
    navigate(`/jobs/${job.jobId}/graph${search}`, { replace: true });
  };
  return (
    <SpaceBetween size="m">
      <Picker tasks={tasks} picked={picked} onPick={pick} />
      {picked && <Neighbourhood job={job} tasks={tasks} picked={picked} />}
      {!picked && (job.taskTotal > MAX_DRAWN ? <Stages job={job} tasks={tasks} /> : <Drawn job={job} tasks={tasks} />)}
    </SpaceBetween>
  );
}

function Neighbourhood({ job, tasks, picked }: { job: Job; tasks: readonly GraphTask[]; picked: Picked }) {
  const { taskId, distance } = picked;
  const near = neighboursOf(tasks, taskId, { distance, most: MAX_NEIGHBOURS });
  if (near.tasks.length === 0) return <Box>No task of this job that was read has the id {taskId}.</Box>;
  return (
    <SpaceBetween size="s">
      <Box>
        {counted(near.tasks.length - 1, 'task')} around {taskId}, up to a distance of {distance}: what it needs on its
        left, what needs it on its right.
        {near.left > 0 && ` ${counted(near.left, 'more task')} within this distance are not shown.`}
      </Box>
      <Drawn job={job} tasks={near.tasks} middle={taskId} />
    </SpaceBetween>
  );
}

function pickedIn(named: URLSearchParams): Picked | undefined {
  const taskId = named.get('task');
  const distance = Number(named.get('distance') ?? 2);
  return taskId === null ? undefined : { taskId, distance: Number.isInteger(distance) && distance > 0 ? distance : 2 };
}
