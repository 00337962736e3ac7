import { refusedVerb } from '#domain/actions/job-rules';
import { Refusal } from '#domain/errors';
import { type Requester, wasDone } from '#domain/jobs/idempotency';
import type { Job } from '#domain/jobs/job';
import { grownJob, maybeTaken, newTasks } from '#domain/jobs/submission';
import type { TaskRequest } from '#domain/requests';
import type { Task } from '#domain/tasks/task';
import { type Left, leaveTasks, startWriting } from '#engine/submissions/leave-tasks';
import { requestEndMs, writeInTime } from '#engine/submissions/write-in-time';
import { registerGroups } from '#store/groups';
import { changeJob, getJob, type JobMoved } from '#store/jobs';
import { findTasks, readTasks } from '#store/tasks';
import { actOnJob } from './act-on-job.ts';
import { endLease, releaseLease, removeUncounted, takeLease } from './add-lease.ts';

/**
 * Adds tasks to a held job, all or none: writes them under the job's lease, then makes the job count them. Those that
 * cannot be written in the time of a request are left to a workflow. Returns the job with its new counts. 3 WCU a task,
 * and 1 RCU for each shard in which an id that the caller chose may be taken.
 * @throws Refusal NotFound, WrongStatus, InvalidRequest, TooLarge, IdempotencyKeyReused; TooManyRequests while other
 * requests add tasks
 * @throws OutOfTime, Throttled if the tables are too busy even to keep the tasks
 */
export async function addTasks(jobId: string, requests: readonly TaskRequest[], requester: Requester): Promise<Job> {
  const job = await takeLease(jobId, requester.once);
  if (wasDone(job, requester.once)) return job;
  const { after, tasks } = await growOrRelease(job, requests);
  const ids = maybeTaken(job, requests, tasks).map((task) => task.taskId);
  const [duplicate] = await findTasks(job, ids);
  if (duplicate) {
    await releaseLease(job);
    const { taskId } = duplicate;
    throw new Refusal('InvalidRequest', `The job already has a task "${taskId}".`, { taskId });
  }
  await registerGroups(after.batchGroups);
  const written = { ...after, ...(await writeOrLeave(job, tasks)) };
  const counted = await countIn(written, tasks.length, requester).catch(async (error: unknown) => {
    // Refused, no write of it was made. After a fault it may have been: then the next holder of the lease cleans up.
    if (error instanceof Refusal) await takeBack(job, after);
    throw error;
  });
  if (!counted.moved) return refuseOrConfirm(job, written, tasks);
  if (counted.job.unwritten) await startWriting(counted.job);
  return counted.job;
}

/** What cannot be written now is left to the workflow. If that fails, too, the next holder of the lease cleans up. */
async function writeOrLeave(job: Job, tasks: readonly Task[]): Promise<Partial<Left>> {
  try {
    const left = await writeInTime(job, tasks, requestEndMs());
    return left.length === 0 ? {} : await leaveTasks(job, left);
  } catch (error) {
    await endLease(job).catch(() => undefined);
    throw error;
  }
}

/**
 * The refused write means a success whose reply was lost, a cancel that came between, or a request that took too long.
 */
async function refuseOrConfirm(job: Job, after: Job, tasks: readonly Task[]): Promise<Job> {
  const now = await getJob(job.jobId);
  // Another request holds the lease and cleans up: this one may no longer remove anything.
  if (now.addingUntil !== job.addingUntil) {
    const [first] = await readTasks(tasks.slice(0, 1));
    if (first && first.createdAt === tasks[0]?.createdAt && now.taskTotal > first.index) return now;
    if (after.unwritten && now.unwritten?.since === after.unwritten.since) return now;
    throw new Refusal('TooManyRequests', 'Adding the tasks took too long; none was added. Send them again.');
  }
  await takeBack(job, after);
  throw refusedVerb('addTasks', now);
}

async function takeBack(job: Job, after: Job): Promise<void> {
  await removeUncounted(job, after.shards);
  await releaseLease(job);
}

/** A request that is refused here has written nothing, so it releases the lease at once. */
async function growOrRelease(job: Job, requests: readonly TaskRequest[]): Promise<{ after: Job; tasks: Task[] }> {
  try {
    const at = { firstIndex: job.taskTotal, now: new Date().toISOString() };
    return { after: grownJob(job, requests), tasks: newTasks(job, requests, at) };
  } catch (refusal) {
    await releaseLease(job);
    throw refusal;
  }
}

function countIn(job: Job, tasks: number, { once, ...author }: Requester): Promise<JobMoved> {
  const { taskTotal, shards, batchGroups, hasDependencies, hasNamedTasks } = job;
  const { taskCounts, countsBase, writingUntil, unwritten } = job;
  const counts = { taskTotal, taskCounts, countsBase };
  const grown = { ...counts, shards, batchGroups, hasDependencies, hasNamedTasks, writingUntil, unwritten };
  return actOnJob(job, {
    once,
    eventOf: () => ({ ...author, type: 'TasksAdded', tasks, taskTotal }),
    write: ({ jobId }, { set, when }) =>
      changeJob(jobId, {
        set: { ...set, ...grown },
        remove: ['addingUntil'],
        when: [...when, { attribute: 'status', in: ['Withhold'] }, { attribute: 'addingUntil', in: [job.addingUntil] }],
      }),
  });
}
