import { refuseVerb, releaseLater } from '#domain/actions/job-rules';
import { type Requester, wasDone } from '#domain/jobs/idempotency';
import { baseOf, type Job } from '#domain/jobs/job';
import { nudgeForTasks } from '#engine/servers/nudge-servers';
import { getJob, type JobMoved, moveJob, NOT_REQUEUED, NOT_WRITING } from '#store/jobs';
import { actOnJob } from './act-on-job.ts';
import { clearAdding } from './add-lease.ts';

/**
 * Releases a held job as it was read, with the tasks and the priority that it had then, and nudges idle servers. First
 * removes what a dead request to add tasks left. Returns the job with its last counts: from now on they can change.
 * @throws Refusal NotFound, WrongStatus, IdempotencyKeyReused; TooManyRequests while its tasks or its priority change,
 * or it is being requeued
 */
export async function releaseJob(job: Job, requester: Requester): Promise<Job> {
  if (wasDone(job, requester.once)) return job;
  const refusal = refuseVerb('release', job);
  if (refusal) throw refusal;
  const released = (await clearAdding(job)) ? await moveReleased(job, requester) : undefined;
  if (released?.moved) {
    await nudgeForTasks(job.batchGroups, job.taskCounts?.Ready ?? 1);
    return { ...released.job, taskCounts: job.taskCounts };
  }
  const now = await getJob(job.jobId);
  if (wasDone(now, requester.once)) return now;
  throw refuseVerb('release', now) ?? releaseLater();
}

/** The counts of a job that may run change with its tasks: from now on its record has only where they began. */
function moveReleased(job: Job, { once, ...author }: Requester): Promise<JobMoved> {
  return actOnJob(job, {
    once,
    eventOf: () => ({ ...author, type: 'JobReleased' }),
    write: (seen, { set, when }) =>
      moveJob(seen.jobId, 'release', {
        dispatch: job,
        set: { ...set, countsBase: baseOf(job.taskCounts) },
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
