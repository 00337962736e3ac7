/**
 * Adding tasks to a held job, all or none: one request at a time holds the job's `addingUntil`, writes the tasks, and then
 * lets the job count them. Tasks that the job does not count are what a request that died has left; they are taken away.
 */
import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { Refusal, wrongStatus } from '#domain/errors';
import type { Job } from '#domain/jobs/job';
import { shardCount } from '#domain/jobs/shards';
import { grownJob, maybeTaken, newTasks } from '#domain/jobs/submission';
import type { TaskRequest } from '#domain/requests';
import type { Task } from '#domain/tasks/task';
import { documents, tableName } from '#store/dynamodb/client';
import { guardedWrite } from '#store/dynamodb/guarded-write';
import { registerGroups } from '#store/groups';
import { inParallel } from '#store/in-parallel';
import { getJob, setOnJob } from '#store/jobs';
import { taskPages } from '#store/reads/task-pages';
import { createTasks, findTasks, isCounted, keyOf, readTasks } from '#store/tasks';

/**
 * No function that adds tasks, or takes them away, lives longer, and none leaves a write behind when it ends: so whoever has the job after that
 * finds nothing of it written or removed later.
 */
const ADDING_SECONDS = 60;
const WAIT_LIMIT_MS = 15_000;
const WAIT_STEP_MS = 100;
const DELETES_AT_ONCE = 16;

/**
 * Adds the tasks; gives the job that counts them. Requests for the same job wait for each other for a while.
 * @throws Refusal NotFound, WrongStatus, InvalidRequest, TooLarge, TooManyRequests
 */
export async function addTasks(jobId: string, requests: readonly TaskRequest[]): Promise<Job> {
  const job = await holdForAdding(jobId);
  const { job: after, tasks } = await grownOrRelease(job, requests);
  const taken = await findTasks(
    job,
    maybeTaken(job, requests, tasks).map((task) => task.taskId),
  );
  const [duplicate] = taken;
  if (duplicate) {
    await letGo(job);
    throw new Refusal('InvalidRequest', `The job already has a task "${duplicate.taskId}".`, {
      taskId: duplicate.taskId,
    });
  }
  await createTasks(tasks, job.startAt);
  await registerGroups(after.batchGroups);
  if (await countTasksIn(after)) return getJob(jobId);
  return refuseOrConfirm(job, after, tasks);
}

/** What the refused write means: a success whose reply was lost, a cancel that came between, or a request that took too long. */
async function refuseOrConfirm(job: Job, after: Job, tasks: readonly Task[]): Promise<Job> {
  const now = await getJob(job.jobId);
  // Whoever has the job now looks after what is there: nothing may be taken away any more.
  if (now.addingUntil !== job.addingUntil) {
    const [first] = await readTasks(tasks.slice(0, 1));
    if (first && first.createdAt === tasks[0]?.createdAt && now.taskTotal > first.index) return now;
    throw new Refusal('TooManyRequests', 'Adding the tasks took too long; none was added. Send them again.');
  }
  await removeUncounted(job, after.shards);
  await letGo(job);
  throw wrongStatus('job', 'added to', now.status);
}

/** Takes away what a request that died while adding has left, once its time is over; true when the job is free. */
export async function clearAdding(job: Job): Promise<boolean> {
  if (job.addingUntil === undefined) return true;
  if (job.addingUntil > new Date().toISOString()) return false;
  // Taking the hold over first: a slow request that still lives cannot count its tasks in any more.
  const addingUntil = new Date(Date.now() + ADDING_SECONDS * 1000).toISOString();
  const taken = await setOnJob(job.jobId, { addingUntil }, [{ attribute: 'addingUntil', in: [job.addingUntil] }]);
  if (!taken) return false;
  const held = { ...(await getJob(job.jobId)), addingUntil };
  await removeUncounted(held, shardCount(held.taskTotal) * 2 ** GENERATIONS_PER_REQUEST);
  return letGo(held);
}

/** One request of the largest size can open so many new generations of shards. */
const GENERATIONS_PER_REQUEST = 4;

async function holdForAdding(jobId: string): Promise<Job> {
  for (const deadline = Date.now() + WAIT_LIMIT_MS; Date.now() < deadline; ) {
    const job = await getJob(jobId);
    if (job.status !== 'Withhold') throw wrongStatus('job', 'added to', job.status);
    if (await clearAdding(job)) {
      const addingUntil = new Date(Date.now() + ADDING_SECONDS * 1000).toISOString();
      const held = await setOnJob(jobId, { addingUntil }, [
        { attribute: 'status', in: ['Withhold'] },
        { attribute: 'taskTotal', in: [job.taskTotal] },
        // The counts are added to those that were read: a release since then has taken them away for good.
        { attribute: 'taskCounts', exists: job.taskCounts !== undefined },
        { attribute: 'addingUntil', exists: false },
      ]);
      if (held) return { ...job, addingUntil };
    }
    await new Promise((resolve) => setTimeout(resolve, WAIT_STEP_MS * (0.5 + Math.random())));
  }
  throw new Refusal('TooManyRequests', 'Other requests are adding tasks to this job; try again.');
}

/** A request that is refused here has written nothing: the job is let go at once. */
async function grownOrRelease(job: Job, requests: readonly TaskRequest[]) {
  try {
    const at = { firstIndex: job.taskTotal, now: new Date().toISOString() };
    return { job: grownJob(job, requests), tasks: newTasks(job, requests, at) };
  } catch (refusal) {
    await letGo(job);
    throw refusal;
  }
}

async function countTasksIn(job: Job): Promise<boolean> {
  const { taskTotal, shards, batchGroups, hasDependencies, hasNamedTasks, taskCounts } = job;
  const written = await guardedWrite({
    table: 'jobs',
    key: { jobId: job.jobId },
    set: { taskTotal, shards, batchGroups, hasDependencies, hasNamedTasks, taskCounts },
    remove: ['addingUntil'],
    when: [
      { attribute: 'status', in: ['Withhold'] },
      { attribute: 'addingUntil', in: [job.addingUntil] },
    ],
  });
  return written.applied;
}

async function letGo(job: Job): Promise<boolean> {
  const written = await guardedWrite({
    table: 'jobs',
    key: { jobId: job.jobId },
    remove: ['addingUntil'],
    when: [{ attribute: 'addingUntil', in: [job.addingUntil] }],
  });
  return written.applied;
}

async function removeUncounted(job: Job, shards: number): Promise<void> {
  for await (const tasks of taskPages({ jobId: job.jobId, shards })) {
    const uncounted = tasks.filter((task) => !isCounted(task, job));
    await inParallel(uncounted, DELETES_AT_ONCE, (task) =>
      documents().send(new DeleteCommand({ TableName: tableName('tasks'), Key: keyOf(task) })),
    );
  }
}
