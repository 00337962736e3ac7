import { Refusal, wrongStatus } from '#domain/errors';
import type { Author } from '#domain/events';
import type { Job } from '#domain/jobs/job';
import { grownJob, maybeTaken, newTasks } from '#domain/jobs/submission';
import type { TaskRequest } from '#domain/requests';
import type { Task } from '#domain/tasks/task';
import { registerGroups } from '#store/groups';
import { changeJob, getJob, type JobMoved } from '#store/jobs';
import { createTasks, findTasks, readTasks } from '#store/tasks';
import { actOnJob } from './act-on-job.ts';
import { releaseLease, removeUncounted, takeLease } from './adding.ts';

/**
 * Adds tasks to a held job, all or none: writes them under the job's lease, then makes the job count them. Returns the
 * job with its new counts. 3 WCU a task, and 1 RCU for each shard in which an id that the caller chose may be taken.
 * @throws Refusal NotFound, WrongStatus, InvalidRequest, TooLarge; TooManyRequests while other requests add tasks
 * @throws Throttled like `createTasks`
 */
export async function addTasks(jobId: string, requests: readonly TaskRequest[], author: Author): Promise<Job> {
  const job = await takeLease(jobId);
  const { after, tasks } = await growOrRelease(job, requests);
  const ids = maybeTaken(job, requests, tasks).map((task) => task.taskId);
  const [duplicate] = await findTasks(job, ids);
  if (duplicate) {
    await releaseLease(job);
    const { taskId } = duplicate;
    throw new Refusal('InvalidRequest', `The job already has a task "${taskId}".`, { taskId });
  }
  await createTasks(tasks, job.startAt);
  await registerGroups(after.batchGroups);
  const counted = await countIn(after, tasks.length, author).catch(async (error: unknown) => {
    // Refused, no write of it was made. After a fault it may have been: then the next holder of the lease cleans up.
    if (error instanceof Refusal) await takeBack(job, after);
    throw error;
  });
  return counted.moved ? counted.job : refuseOrConfirm(job, after, tasks);
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
    throw new Refusal('TooManyRequests', 'Adding the tasks took too long; none was added. Send them again.');
  }
  await takeBack(job, after);
  throw wrongStatus('job', 'added to', now.status);
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

function countIn(job: Job, tasks: number, author: Author): Promise<JobMoved> {
  const { taskTotal, shards, batchGroups, hasDependencies, hasNamedTasks, taskCounts } = job;
  return actOnJob(job, {
    eventOf: () => ({ ...author, type: 'TasksAdded', tasks, taskTotal }),
    write: ({ jobId }, { set, when }) =>
      changeJob(jobId, {
        set: { ...set, taskTotal, shards, batchGroups, hasDependencies, hasNamedTasks, taskCounts },
        remove: ['addingUntil'],
        when: [...when, { attribute: 'status', in: ['Withhold'] }, { attribute: 'addingUntil', in: [job.addingUntil] }],
      }),
  });
}
