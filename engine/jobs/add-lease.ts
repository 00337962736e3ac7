/**
 * The lease on a held job that grows: one request at a time adds tasks. A task that the job does not count was left by
 * a request that died; the next holder of the lease, or the reaper, removes it.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { refuseVerb } from '#domain/actions/job-rules';
import { Refusal } from '#domain/errors';
import { type Once, wasDone } from '#domain/jobs/idempotency';
import type { Job } from '#domain/jobs/job';
import { shardCount } from '#domain/jobs/shards';
import { isOver, landingEnd, leaseEnd } from '#engine/submissions/lease';
import { inParallel } from '#store/in-parallel';
import { changeJob, getJob, NOT_WRITING, setOnJob } from '#store/jobs';
import { taskPages } from '#store/reads/task-pages';
import { deleteTask, isCounted } from '#store/tasks';

/** API Gateway waits 30 s for the whole request, which also has to write its tasks. */
const WAIT_LIMIT_MS = 10_000;
const WAIT_STEP_MS = 100;
const DELETES_AT_ONCE = 16;
/** One request of the largest size can start this many new generations of shards. */
const GENERATIONS_PER_REQUEST = 4;

/**
 * Takes the lease, and waits while another request holds it. Returns the job as it is then; without a lease if it keeps
 * this very request.
 * @throws Refusal NotFound, WrongStatus, IdempotencyKeyReused; TooManyRequests after `WAIT_LIMIT_MS`
 */
export async function takeLease(jobId: string, once: Once | undefined): Promise<Job> {
  for (const deadline = Date.now() + WAIT_LIMIT_MS; Date.now() < deadline; ) {
    const job = await getJob(jobId);
    if (wasDone(job, once)) return job;
    const refusal = refuseVerb('addTasks', job);
    if (refusal) throw refusal;
    const addingUntil = leaseEnd();
    if ((await clearAdding(job)) && (await setLease(job, addingUntil))) return { ...job, addingUntil };
    await sleep(WAIT_STEP_MS * (0.5 + Math.random()));
  }
  throw new Refusal('TooManyRequests', 'Other requests are adding tasks to this job; try again.');
}

/** Releases the lease; false if it was no longer held. */
export async function releaseLease({ jobId, addingUntil }: Job): Promise<boolean> {
  const when = [{ attribute: 'addingUntil', in: [addingUntil] }];
  return (await changeJob(jobId, { remove: ['addingUntil'], when })).moved;
}

/** Ends the lease of a request that has written tasks and cannot go on, soon: the next holder removes them. */
export async function endLease({ jobId, addingUntil }: Job): Promise<void> {
  await setOnJob(jobId, { addingUntil: landingEnd() }, [{ attribute: 'addingUntil', in: [addingUntil] }]);
}

/**
 * Removes what a dead request left, once its lease is over. True if no request holds a lease on the job any more.
 * @throws Refusal NotFound
 */
export async function clearAdding(job: Job): Promise<boolean> {
  if (job.addingUntil === undefined) return true;
  if (!isOver(job.addingUntil)) return false;
  // Takes the lease over first: then a slow request that still lives cannot make the job count its tasks.
  const addingUntil = leaseEnd();
  const taken = await setOnJob(job.jobId, { addingUntil }, [{ attribute: 'addingUntil', in: [job.addingUntil] }]);
  if (!taken) return false;
  const held = { ...(await getJob(job.jobId)), addingUntil };
  await removeUncounted(held, shardCount(held.taskTotal) * 2 ** GENERATIONS_PER_REQUEST);
  return releaseLease(held);
}

/** Removes the tasks that the job does not count, from this many shards. The caller holds the lease. */
export async function removeUncounted(job: Job, shards: number): Promise<void> {
  for await (const tasks of taskPages({ jobId: job.jobId, shards })) {
    const uncounted = tasks.filter((task) => !isCounted(task, job));
    await inParallel(uncounted, DELETES_AT_ONCE, deleteTask);
  }
}

function setLease(job: Job, addingUntil: string): Promise<boolean> {
  return setOnJob(job.jobId, { addingUntil }, [
    { attribute: 'status', in: ['Withhold'] },
    { attribute: 'taskTotal', in: [job.taskTotal] },
    // The new counts build on the counts as read; a release since then has removed those for good.
    { attribute: 'taskCounts', exists: job.taskCounts !== undefined },
    { attribute: 'addingUntil', exists: false },
    NOT_WRITING,
  ]);
}
