import type { TableProps } from '@cloudscape-design/components/table';
import type { Job } from '#console/api/types.ts';
import { Ago, Lasting } from '#console/parts/ago.tsx';
import { PageLink } from '#console/parts/page-link.tsx';
import { Status } from '#console/parts/status.tsx';
import { TaskBar } from '#console/parts/task-bar.tsx';
import { WaitsCell } from '#console/waits/waits-cell.tsx';

/** The columns of the list of jobs. */
export const JOB_COLUMNS: readonly TableProps.ColumnDefinition<Job>[] = [
  {
    id: 'name',
    header: 'Job',
    cell: ({ jobId, name }) => <PageLink to={`/jobs/${jobId}`}>{name}</PageLink>,
    isRowHeader: true,
    minWidth: 160,
  },
  { id: 'status', header: 'Status', cell: ({ status }) => <Status of={status} />, minWidth: 120 },
  { id: 'waits', header: 'Waits for', cell: (job) => <WaitsCell job={job} />, minWidth: 140 },
  { id: 'tasks', header: 'Tasks', cell: ({ taskCounts }) => <TaskBar counts={taskCounts} />, minWidth: 160 },
  { id: 'owner', header: 'Owner', cell: ({ createdBy, createdByName }) => createdByName ?? createdBy, minWidth: 100 },
  { id: 'created', header: 'Submitted', cell: ({ createdAt }) => <Ago at={createdAt} />, minWidth: 110 },
  { id: 'took', header: 'Took', cell: (job) => <Lasting from={job.startedAt} to={job.endedAt} />, minWidth: 80 },
  { id: 'group', header: 'Batch group', cell: ({ batchGroup }) => batchGroup, minWidth: 100 },
  { id: 'priority', header: 'Priority', cell: ({ priority }) => priority, minWidth: 100 },
];

/** The same on a telephone: one below the other. */
export const NARROW_COLUMNS: readonly TableProps.ColumnDefinition<Job>[] = [
  {
    id: 'name',
    header: 'Job',
    cell: (job) => (
      <div className="stacked">
        <PageLink to={`/jobs/${job.jobId}`}>{job.name}</PageLink>
        <Status of={job.status} />
        <WaitsCell job={job} isSentence />
        <TaskBar counts={job.taskCounts} />
        <small>
          {job.createdByName ?? job.createdBy}, <Ago at={job.createdAt} />
        </small>
      </div>
    ),
    isRowHeader: true,
  },
];
