/**
 * What is read is right from a cancel's guarded write on, although the task records are rewritten after it:
 * a task's status is the one that its job's status makes of the recorded one.
 */

import { isCancelled, isUnstarted, type JobStatus, TASK_STATUSES, type TaskStatus } from '#domain/statuses';
import type { TaskCounts } from './job.ts';
import { noTasks } from './job.ts';

/** The status that a task recorded so has, given the status of its job. */
export function effectiveStatus(recorded: TaskStatus, job: JobStatus): TaskStatus {
  if (!isCancelled(job)) return recorded;
  if (isUnstarted(recorded)) return 'NotRun';
  return recorded === 'Executing' ? 'Cancelling' : recorded;
}

/** Counts of recorded statuses, turned into effective ones. */
export function effectiveCounts(recorded: TaskCounts, job: JobStatus): TaskCounts {
  const counts = noTasks();
  for (const status of TASK_STATUSES) counts[effectiveStatus(status, job)] += recorded[status];
  return counts;
}
