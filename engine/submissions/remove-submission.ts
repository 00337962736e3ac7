import type { Job } from '#domain/jobs/job';
import { inParallel } from '#store/in-parallel';
import { deleteJob, fenceWriting } from '#store/jobs';
import { openKeyPages } from '#store/reads/task-pages';
import { deleteTask } from '#store/tasks';

const DELETES_AT_ONCE = 16;

/**
 * Removes what a submission left that died before its job was accepted: its tasks, then the job. True if this call
 * removed the job. It may be cut off and repeated. 3 WCU a task, and 4 for the job.
 */
export async function removeSubmission(job: Job): Promise<boolean> {
  const fenced = await fenceWriting(job);
  if (!fenced) return false;
  for await (const keys of openKeyPages(fenced)) await inParallel(keys, DELETES_AT_ONCE, deleteTask);
  return deleteJob(fenced);
}
