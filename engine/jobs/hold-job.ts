import { refusedVerb } from '#domain/actions/job-rules';
import { notFound } from '#domain/errors';
import type { Requester } from '#domain/jobs/idempotency';
import type { Job } from '#domain/jobs/job';
import { moveJob, NOT_REQUEUED } from '#store/jobs';
import { actOnJob } from './act-on-job.ts';

/**
 * Holds a job if no task of it has started: from this write on no server starts one, until the job is released.
 * @throws Refusal NotFound, WrongStatus, IdempotencyKeyReused; TooManyRequests while it is being requeued, or while
 * others change it
 */
export async function holdJob(job: Job, { once, ...author }: Requester): Promise<Job> {
  const held = await actOnJob(job, {
    once,
    eventOf: () => ({ ...author, type: 'JobHeld' }),
    write: ({ jobId }, { set, when }) =>
      moveJob(jobId, 'hold', { set: { ...set, heldAt: author.at }, when: [...when, NOT_REQUEUED] }),
  });
  if (held.moved) return held.job;
  if (!held.job) throw notFound('job', job.jobId);
  throw refusedVerb('hold', held.job);
}
