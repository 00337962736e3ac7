/** Jobs as text. */
import type { Job } from '#client/client';
import { isFinalTask, TASK_STATUSES } from '#domain/statuses';
import { type Column, pairsOf, tableOf } from './table.ts';
import { ageOf } from './times.ts';

const COLUMNS = {
  id: ({ jobId }) => jobId,
  name: ({ name }) => name,
  status: ({ status }) => status,
  group: ({ batchGroup }) => batchGroup,
  priority: ({ priority }) => priority,
  tasks: (job) => `${endedOf(job)}/${job.taskTotal}`,
  owner: (job) => ownerOf(job),
  age: ({ createdAt }) => ageOf(createdAt),
  created: ({ createdAt }) => createdAt,
  started: ({ startedAt }) => startedAt,
  ended: ({ endedAt }) => endedAt,
  run: ({ run }) => run,
} as const satisfies Readonly<Record<string, Column<Job>['of']>>;
/** A column that a list of jobs can have. */
export type JobColumn = keyof typeof COLUMNS;

export const JOB_COLUMNS: readonly string[] = Object.keys(COLUMNS);
const USUAL_JOB_COLUMNS: readonly JobColumn[] = ['id', 'name', 'status', 'group', 'tasks', 'owner', 'age'];

/** Whether jobs have such a column. */
export function isJobColumn(name: string): name is JobColumn {
  return JOB_COLUMNS.includes(name);
}

/** A list of jobs. */
export function jobsText(jobs: readonly Job[], names: readonly JobColumn[] = USUAL_JOB_COLUMNS): string {
  const columns = names.map((name) => ({ name, of: COLUMNS[name] }));
  return tableOf<Job>(columns, jobs, 'There are no such jobs.');
}

/** One job. */
export function jobText(job: Job): string {
  const { cancel, requeue, writing } = job;
  return pairsOf([
    ['Job', job.jobId],
    ['Name', job.name],
    ['Status', job.status],
    ['Batch group', job.batchGroup],
    ['Priority', job.priority],
    ['Owner', ownerOf(job)],
    ['System job', job.system ? 'yes' : undefined],
    ['Created', job.createdAt],
    ['Starts at', job.startAt],
    ['Started', job.startedAt],
    ['Ended', job.endedAt],
    ['Run', job.run > 1 ? job.run : undefined],
    ['Tasks', countsOf(job)],
    ['Being written', writing && `${writing.written ?? 0} of ${writing.total} tasks`],
    [
      'Cancelled by',
      cancel && [cancel.requestedByName ?? cancel.requestedBy, cancel.reason].filter(Boolean).join(': '),
    ],
    ['Requeued by', requeue && (requeue.requestedByName ?? requeue.requestedBy)],
    ['Abort', job.abortId],
  ]);
}

/** The counts that are not zero, such as `3 Finished, 1 Executing`. */
export function countsOf({ taskCounts, taskTotal }: Pick<Job, 'taskCounts' | 'taskTotal'>): string {
  const counted = TASK_STATUSES.filter((status) => (taskCounts[status] ?? 0) > 0);
  return counted.map((status) => `${taskCounts[status]} ${status}`).join(', ') || `${taskTotal} not counted yet`;
}

/** The name of the job's owner, or else the id. */
function ownerOf({ createdBy, createdByName }: Pick<Job, 'createdBy' | 'createdByName'>): string {
  return createdByName ?? createdBy;
}

function endedOf({ taskCounts }: Job): number {
  return TASK_STATUSES.filter(isFinalTask).reduce((sum, status) => sum + (taskCounts[status] ?? 0), 0);
}
