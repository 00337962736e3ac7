/** Requeue: a final job runs again. One guarded write accepts it; then `requeueTasks` makes its tasks ready again. */
import { refusedVerb } from '#domain/actions/job-rules';
import { Contended, notFound } from '#domain/errors';
import { requeueEvent } from '#domain/events';
import { type Requester, wasDone } from '#domain/jobs/idempotency';
import { baseOf, type Job, type RequeueScope } from '#domain/jobs/job';
import { MAX_TASKS_PASSED_INLINE } from '#domain/limits';
import { isFinalJob } from '#domain/statuses';
import { startRequeueTasks } from '#engine/aws/workflows';
import { keeping } from '#engine/idempotency';
import { tellJob } from '#engine/tell-events';
import type { Condition } from '#store/dynamodb/expressions';
import { getJob, moveJob } from '#store/jobs';
import { requeueTasks } from './requeue-tasks.ts';

/** A lost round means that the job ended, or was requeued, in between. */
const MAX_ROUNDS = 5;

/** What a job has from its last run and loses with the next. */
const JOB_ENDED = [
  'startedAt',
  'startedBy',
  'endedAt',
  'taskCounts',
  'cancel',
  'cancelPassedAt',
  'cancelServers',
  'abortId',
  'expiresAt',
  'unlockFrom',
] as const;

/**
 * Runs a final job again: all of it, or what has not Finished. A small job's tasks are passed over at once, a large
 * job's by the workflow `requeue-job`. Until the end of the pass no server sees the job.
 * @throws Refusal NotFound, WrongStatus, IdempotencyKeyReused
 * @throws Contended after `MAX_ROUNDS`
 */
export async function requeueJob(job: Job, scope: RequeueScope, requester: Requester): Promise<Job> {
  const requeued = await acceptRequeue(job, scope, requester);
  // It is a repeat, and the first request goes on, or the reaper.
  if (requeued.requeue?.requestedAt !== requester.at) return requeued;
  await tellJob(requeued, [requeueEvent(requeued)]);
  if (requeued.taskTotal <= MAX_TASKS_PASSED_INLINE) await requeueTasks(requeued, Number.POSITIVE_INFINITY);
  // It is accepted: if this request cannot start the workflow, the reaper starts it.
  else await startRequeueTasks(requeued).catch(() => undefined);
  return getJob(job.jobId);
}

/**
 * Accepts the requeue of a final job: from this write on it is `Waiting`, or `Withhold` if it was held, and waits for
 * its start time if that is still to come. The write removes what the record proves of
 * the last run, so these events are told first.
 * @throws Refusal NotFound, WrongStatus, IdempotencyKeyReused
 * @throws Contended after `MAX_ROUNDS`
 */
export async function acceptRequeue(
  job: Job,
  scope: RequeueScope,
  { by, byName, from, at, once }: Requester,
): Promise<Job> {
  const requeue = { requestedBy: by, requestedByName: byName, requestedAt: at, from, scope };
  let seen = job;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    if (wasDone(seen, once)) return seen;
    if (isFinalJob(seen.status)) await tellJob(seen);
    const keep = keeping(seen, once);
    const countsBase = baseOf(seen.taskCounts);
    const moved = await moveJob(job.jobId, seen.heldAt === undefined ? 'requeue' : 'requeueHeld', {
      set: { ...keep.set, requeue, run: seen.run + 1, phase: 'Open', countsBase },
      remove: lostBy(seen, at),
      when: [...keep.when, { attribute: 'run', in: [seen.run] }, sameEnd(seen)],
    });
    if (moved.moved) return moved.job;
    if (!moved.job) throw notFound('job', job.jobId);
    // Another request has requeued it since it was read; this request does not mean that run.
    seen = moved.job;
    if (!wasDone(seen, once) && (!isFinalJob(seen.status) || seen.run !== job.run)) throw refusedVerb('requeue', seen);
  }
  throw new Contended(`job ${job.jobId}`, MAX_ROUNDS);
}

/** The record proves what was told: the job has ended, and once. */
function sameEnd({ endedAt }: Job): Condition {
  return endedAt === undefined ? { attribute: 'endedAt', exists: false } : { attribute: 'endedAt', in: [endedAt] };
}

/** A start time that is still to come holds for the next run, too. */
function lostBy({ startAt = '' }: Job, now: string): readonly string[] {
  return startAt > now ? JOB_ENDED : [...JOB_ENDED, 'startAt'];
}
