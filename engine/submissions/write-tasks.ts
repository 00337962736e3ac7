/**
 * The tasks of an accepted job that its request could not write: the workflow `submit-job` writes them, part by part.
 * The job remembers how many parts are written. A part may be written again: tasks that exist stay as they are.
 */
import type { Job } from '#domain/jobs/job';
import { changeJob, findJob } from '#store/jobs';
import { keptTasks } from '#store/submissions/kept-tasks';
import { endWriting } from './end-writing.ts';
import { leaseEnd } from './lease.ts';
import { writeInTime } from './write-in-time.ts';

/** Enough tasks for all lanes, few enough for the memory of a function. */
const PARTS_AT_ONCE = 4;

/**
 * Writes the tasks that the job's request has left, until the deadline (epoch milliseconds). True when all exist, and
 * servers may look at the job; after false, the caller calls again: what is done stays done. 3 WCU a task, and 1 WCU
 * for each four parts.
 * @throws MissingPart if a part was deleted, and what `endWriting` throws
 */
export async function writeTasks(jobId: string, deadlineMs: number): Promise<boolean> {
  for (let job = await findJob(jobId); job?.unwritten; job = await findJob(jobId)) {
    if (job.unwritten.partsWritten >= job.unwritten.parts) await endWriting(job);
    else if (Date.now() >= deadlineMs || !(await writeParts(job, job.unwritten, deadlineMs))) return false;
  }
  return true;
}

type Unwritten = NonNullable<Job['unwritten']>;

/** Writes the next parts; false if that takes too long: what exists is not written again. */
async function writeParts(job: Job, unwritten: Unwritten, deadlineMs: number): Promise<boolean> {
  const { since, parts, partsWritten } = unwritten;
  const to = Math.min(parts, partsWritten + PARTS_AT_ONCE);
  const tasks = await keptTasks({ jobId: job.jobId, since }, { from: partsWritten, to });
  const left = await writeInTime(job, tasks, deadlineMs);
  if (left.length > 0) return false;
  // Refused, another execution has written them: the caller reads how far it is.
  await changeJob(job.jobId, {
    set: {
      unwritten: { ...unwritten, partsWritten: to, tasks: unwritten.tasks - tasks.length },
      writingUntil: leaseEnd(),
    },
    when: [{ attribute: 'writingUntil', in: [job.writingUntil] }],
  });
  return true;
}
