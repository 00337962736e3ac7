/** Hold and release: a held job is not started until it is released, and may be given more tasks until then. */
import { notFound, Refusal, wrongStatus } from '#domain/errors';
import type { Job } from '#domain/jobs/job';
import { getJob, moveJob } from '#store/jobs';
import { clearAdding } from './add-tasks.ts';

/** Servers may see a job's tasks only when a requeue has made all of them ready. */
const NO_REQUEUE = { attribute: 'requeue', exists: false } as const;

/**
 * Holds a job of which no task has started: from this write on no server starts one.
 * @throws Refusal NotFound, WrongStatus; TooManyRequests while it is being requeued
 */
export async function holdJob(jobId: string): Promise<Job> {
  const held = await moveJob(jobId, 'hold', { when: [NO_REQUEUE] });
  if (held.moved) return held.job;
  if (!held.job) throw notFound('job', jobId);
  if (!held.job.requeue) throw wrongStatus('job', 'held', held.job.status);
  throw new Refusal('TooManyRequests', 'The job is just being requeued; hold it when its tasks are ready.');
}

/**
 * Releases a held job as it was read, with the tasks and at the priority that it had then; what a request that died while adding tasks has left is
 * taken away before. Gives it with its last counts, which can change from now on.
 * @throws Refusal NotFound, WrongStatus; TooManyRequests while its tasks or its priority change, or it is being requeued
 */
export async function releaseJob(job: Job): Promise<Job> {
  if (job.status !== 'Withhold') throw wrongStatus('job', 'released', job.status);
  const released = (await clearAdding(job)) ? await moveReleased(job) : undefined;
  if (released?.moved) return { ...released.job, taskCounts: job.taskCounts };
  const { status } = await getJob(job.jobId);
  if (status !== 'Withhold') throw wrongStatus('job', 'released', status);
  throw new Refusal(
    'TooManyRequests',
    'Tasks are being added to this job, its priority is just being changed, or it is being requeued; release it when that is done.',
  );
}

/** The counts of a job that may run change with its tasks: they are not kept with it. */
function moveReleased(job: Job) {
  return moveJob(job.jobId, 'release', {
    dispatch: job,
    remove: ['taskCounts'],
    when: [NO_REQUEUE, { attribute: 'addingUntil', exists: false }, { attribute: 'taskTotal', in: [job.taskTotal] }],
  });
}
