/**
 * The effective status of a task: what its job's status makes of the recorded one. So reads are right from a cancel's
 * guarded write on, although the task records are rewritten only after it.
 */
import { isCancelled, isUnstarted, type JobStatus, TASK_STATUSES, type TaskStatus } from '#domain/statuses';
import { noTasks, type TaskCounts } from './job.ts';

/** The effective status of a task, from its recorded status and the status of its job. */
export function effectiveStatus(recorded: TaskStatus, job: JobStatus): TaskStatus {
  if (!isCancelled(job)) return recorded;
  if (isUnstarted(recorded)) return 'NotRun';
  return recorded === 'Executing' ? 'Cancelling' : recorded;
}

/** Counts by effective status, from counts by recorded status. */
export function effectiveCounts(recorded: TaskCounts, job: JobStatus): TaskCounts {
  const counts = noTasks();
  for (const status of TASK_STATUSES) counts[effectiveStatus(status, job)] += recorded[status];
  return counts;
}
