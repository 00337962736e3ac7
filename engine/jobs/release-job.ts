import { Refusal, wrongStatus } from '#domain/errors';
import type { Author } from '#domain/events';
import type { Job } from '#domain/jobs/job';
import { getJob, type JobMoved, moveJob, NOT_REQUEUED, NOT_WRITING } from '#store/jobs';
import { actOnJob } from './act-on-job.ts';
import { clearAdding } from './adding.ts';

/**
 * Releases a held job as it was read, with the tasks and the priority that it had then. First removes what a dead
 * request to add tasks left. Returns the job with its last counts: from now on they can change.
 * @throws Refusal NotFound, WrongStatus; TooManyRequests while its tasks or its priority change, or it is being
 * requeued
 */
export async function releaseJob(job: Job, author: Author): Promise<Job> {
  if (job.status !== 'Withhold') throw wrongStatus('job', 'released', job.status);
  const released = (await clearAdding(job)) ? await moveReleased(job, author) : undefined;
  if (released?.moved) return { ...released.job, taskCounts: job.taskCounts };
  const { status } = await getJob(job.jobId);
  if (status !== 'Withhold') throw wrongStatus('job', 'released', status);
  throw new Refusal(
    'TooManyRequests',
    'Tasks of this job are being written, its priority is being changed, or it is being requeued; release it when that is done.',
  );
}

/** The counts of a job that may run change with its tasks, so its record does not keep them. */
function moveReleased(job: Job, author: Author): Promise<JobMoved> {
  return actOnJob(job, {
    eventOf: () => ({ ...author, type: 'JobReleased' }),
    write: (seen, { set, when }) =>
      moveJob(seen.jobId, 'release', {
        dispatch: job,
        set,
        remove: ['taskCounts', 'heldAt'],
        when: [
          ...when,
          NOT_REQUEUED,
          NOT_WRITING,
          { attribute: 'addingUntil', exists: false },
          { attribute: 'taskTotal', in: [job.taskTotal] },
        ],
      }),
  });
}
