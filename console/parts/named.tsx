import { useJobName, useTaskOnce } from '#console/api/names.ts';
import { PageLink } from './page-link.tsx';
import { TaskLink } from './task-link.tsx';

/** A link to a job by its name, where only its id is known. */
export function NamedJob({ jobId }: { jobId: string }) {
  return <PageLink to={`/jobs/${jobId}`}>{useJobName(jobId)}</PageLink>;
}

/** A link to a task by its name, where only its id is known. */
export function NamedTask({ jobId, taskId }: { jobId: string; taskId: string }) {
  return (
    <TaskLink jobId={jobId} taskId={taskId}>
      {useTaskOnce(jobId, taskId)?.name ?? taskId}
    </TaskLink>
  );
}
