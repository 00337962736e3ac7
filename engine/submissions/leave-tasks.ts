import type { Job } from '#domain/jobs/job';
import type { Task } from '#domain/tasks/task';
import { startWriteTasks } from '#engine/aws/workflows';
import { withDeadline } from '#store/dynamodb/deadline';
import { keepTasks } from '#store/submissions/kept-tasks';
import { leaseEnd } from './lease.ts';

/** A caller hears early that the tables are too busy, even to keep its tasks. */
export const KEEP_LIMIT_MS = 4_000;

/** What makes a job one whose tasks are being written by the workflow. */
export type Left = { readonly writingUntil: string; readonly unwritten: NonNullable<Job['unwritten']> };

/**
 * Keeps tasks for the workflow. The caller then writes into the job's record what this returns: that accepts them.
 * 1 WCU for each KB of their compressed JSON.
 * @throws OutOfTime, Throttled if the table is too busy
 */
export async function leaveTasks({ jobId }: Job, tasks: readonly Task[]): Promise<Left> {
  const since = new Date().toISOString();
  const parts = await withDeadline(Date.now() + KEEP_LIMIT_MS, () => keepTasks({ jobId, since }, tasks));
  return { writingUntil: leaseEnd(), unwritten: { since, parts, partsWritten: 0, tasks: tasks.length } };
}

/** Starts the workflow of a job whose record says that tasks of it are kept. The reaper starts it if this fails. */
export async function startWriting(job: Job): Promise<void> {
  await startWriteTasks(job).catch(() => undefined);
}
