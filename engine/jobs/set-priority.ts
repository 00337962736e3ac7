import { refusedVerb } from '#domain/actions/job-rules';
import { notFound } from '#domain/errors';
import type { Author } from '#domain/events';
import type { Job } from '#domain/jobs/job';
import { dispatchRank, type Priority } from '#domain/priorities';
import { ONGOING_JOB_STATUSES } from '#domain/statuses';
import { samePriority, sameTurn } from '#store/dispatch-keys';
import { changeJob } from '#store/jobs';
import { actOnJob } from './act-on-job.ts';

/**
 * Changes the priority of a job that has not ended.
 * @throws Refusal NotFound, WrongStatus; TooManyRequests while others change it
 */
export async function setPriority(job: Job, priority: Priority, author: Author): Promise<Job> {
  const changed = await actOnJob(job, {
    once: undefined,
    eventOf: (seen) => ({ ...author, type: 'PriorityChanged', before: seen.priority, after: priority }),
    write: (seen, { set, when }) =>
      changeJob(seen.jobId, {
        set: { ...set, priority, ...rankOf(seen, priority) },
        when: [...when, { attribute: 'status', in: ONGOING_JOB_STATUSES }, ...unmoved(seen)],
      }),
    isOvertaken: (now) => mayChange(now),
  });
  if (changed.moved) return changed.job;
  if (!changed.job) throw notFound('job', job.jobId);
  throw refusedVerb('setPriority', changed.job);
}

/** The rank contains the priority: the two change together, guarded by what was seen of both. */
function rankOf({ dispatchAt, jobId }: Job, priority: Priority): { rank?: string } {
  return dispatchAt === undefined ? {} : { rank: dispatchRank(priority, dispatchAt, jobId) };
}

function unmoved(job: Job) {
  return [samePriority(job), sameTurn(job)];
}

function mayChange({ status }: Job): boolean {
  return ONGOING_JOB_STATUSES.includes(status);
}
