import Box from '@cloudscape-design/components/box';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { Job, Task } from '#console/api/types.ts';
import { TaskBar } from '#console/parts/task-bar.tsx';
import { noTasks } from '#domain/jobs/job';

/** A large job as stages: a task is one stage after the last of those that it depends on. */
export function Stages({ job, tasks }: { job: Job; tasks: readonly Task[] }) {
  const stages = Map.groupBy(tasks, stageIn(tasks));
  return (
    <SpaceBetween size="s">
      <Box>
        {job.taskTotal} tasks are too many to draw.
        {job.taskTotal > tasks.length && ` These are the stages of the first ${tasks.length}.`}
      </Box>
      {[...stages]
        .sort(([one], [other]) => one - other)
        .map(([stage, of]) => (
          <div key={stage}>
            <Box variant="h3">
              Stage {stage + 1}: {of.length} tasks
            </Box>
            <TaskBar counts={countsOf(of)} />
          </div>
        ))}
    </SpaceBetween>
  );
}

function stageIn(tasks: readonly Task[]): (task: Task) => number {
  const byId = new Map(tasks.map((task) => [task.taskId, task]));
  const known = new Map<string, number>();
  // Dependencies name tasks that come earlier in most jobs; the others are found by going on until nothing changes.
  for (let changed = true; changed; ) {
    changed = false;
    for (const { taskId, dependsOn = [] } of tasks) {
      const stages = dependsOn.map((needed) => known.get(needed.taskId) ?? (byId.has(needed.taskId) ? 0 : -1));
      const stage = Math.max(-1, ...stages) + 1;
      if (known.get(taskId) === stage) continue;
      known.set(taskId, stage);
      changed = true;
    }
  }
  return ({ taskId }) => known.get(taskId) ?? 0;
}

function countsOf(tasks: readonly Task[]): Job['taskCounts'] {
  const counts = noTasks();
  for (const { status } of tasks) counts[status] += 1;
  return counts;
}
