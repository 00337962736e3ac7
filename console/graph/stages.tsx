import Box from '@cloudscape-design/components/box';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { Job } from '#console/api/types.ts';
import { TaskBar } from '#console/parts/task-bar.tsx';
import { counted } from '#console/parts/words.ts';
import { noTasks } from '#domain/jobs/job';
import { stagesOf } from '#domain/jobs/stages';
import type { GraphTask } from './use-graph.ts';

/** A large job as stages: a task is one stage after the last of those that it depends on. */
export function Stages({ job, tasks }: { job: Job; tasks: readonly GraphTask[] }) {
  const byId = new Map(tasks.map((task) => [task.taskId, task]));
  const known = tasks.map(({ taskId, dependsOn }) => ({
    taskId,
    dependsOn: dependsOn?.filter((needed) => byId.has(needed.taskId)),
  }));
  return (
    <SpaceBetween size="s">
      <Box>
        {job.taskTotal} tasks are too many to draw: these are the stages
        {job.taskTotal > tasks.length && ` of the first ${tasks.length}`}. Pick a task to see what is around it.
      </Box>
      {stagesOf(known).map((ids, stage) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a stage is its place.
        <div key={stage}>
          <Box variant="h3">
            Stage {stage + 1}: {counted(ids.length, 'task')}
          </Box>
          <TaskBar counts={countsOf(ids.flatMap((taskId) => byId.get(taskId) ?? []))} />
        </div>
      ))}
    </SpaceBetween>
  );
}

function countsOf(tasks: readonly GraphTask[]): Job['taskCounts'] {
  const counts = noTasks();
  for (const { status } of tasks) counts[status] += 1;
  return counts;
}
