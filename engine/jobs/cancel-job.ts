/** Cancel: one guarded write of the job accepts it; then `cancelTasks` passes over its open tasks. */
import { refusedVerb } from '#domain/actions/job-rules';
import { notFound } from '#domain/errors';
import { cancelEvent } from '#domain/events';
import { type Requester, wasDone } from '#domain/jobs/idempotency';
import type { Job } from '#domain/jobs/job';
import { MAX_TASKS_PASSED_INLINE } from '#domain/limits';
import { startCancelTasks } from '#engine/aws/workflows';
import { moveOnce } from '#engine/idempotency';
import { tellJob } from '#engine/tell-events';
import { getJob, moveJob } from '#store/jobs';
import { cancelRunning, cancelTasks } from './cancel-tasks.ts';

/**
 * Cancels the job: no task of it starts any more. A small job's tasks are passed over at once. For a large job, whose
 * running tasks may be on many servers, the workflow `cancel-job` does all that is not this one write.
 * @throws Refusal NotFound, SystemJob, WrongStatus, IdempotencyKeyReused
 * @throws Contended like `cancelTasks`
 */
export async function cancelJob(seen: Job, requester: Requester): Promise<Job> {
  if (wasDone(seen, requester.once)) return seen;
  const job = await acceptCancel(seen.jobId, requester, seen);
  // A repeat at the same moment was first, and it goes on.
  if (job.cancel?.requestedAt !== requester.at) return job;
  const [after] = await Promise.all([beginPass(job), tellJob(job, [cancelEvent(job)])]);
  return after;
}

/** Begins the pass over the job's tasks, and returns the job as it is then. */
async function beginPass(job: Job): Promise<Job> {
  // The pass begins when all tasks exist: `endWriting` starts it.
  if (job.writingUntil !== undefined) await cancelRunning(job);
  // Nothing runs, and no server sees the job: `requeueTasks` begins the pass when all tasks are of this run.
  else if (job.requeue) return job;
  else if (job.taskTotal > MAX_TASKS_PASSED_INLINE) {
    // The cancel is accepted: if this request cannot start the workflow, or dies, the reaper starts it.
    await startCancelTasks(job).catch(() => undefined);
    return job;
  } else await cancelTasks(job, Number.POSITIVE_INFINITY);
  return getJob(job.jobId);
}

/**
 * Accepts the cancel: from this write on no server starts a task of the job, and reads show the effective statuses. At
 * most 3 WCU, whatever the number of tasks. `seen` is the job as it was read, for a request with a key.
 * @throws Refusal like `cancelJob`
 */
export async function acceptCancel(
  jobId: string,
  { by, byName, from, at, reason, once }: Requester,
  seen: Pick<Job, 'keptRequests'> = {},
): Promise<Job> {
  const cancel = { requestedBy: by, requestedByName: byName, requestedAt: at, from, reason };
  const moved = await moveOnce(seen, once, ({ set, when }) =>
    moveJob(jobId, 'cancel', { set: { ...set, cancel }, when: [{ attribute: 'system', in: [false] }, ...when] }),
  );
  if (moved.moved) return moved.job;
  if (!moved.job) throw notFound('job', jobId);
  throw refusedVerb('cancel', moved.job);
}
