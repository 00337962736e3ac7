/** The keys of a job in the dispatch index, and the conditions for a change of them. */
import { keyOfJob } from '#domain/jobs/dispatch-groups';
import type { Job } from '#domain/jobs/job';
import { dispatchRank } from '#domain/priorities';
import { mayRun } from '#domain/statuses';
import type { Condition } from '#store/dynamodb/expressions';
import type { Item } from '#store/dynamodb/guarded-write';

export const DISPATCH_KEYS = ['dispatchGroup', 'dispatchAt', 'rank'] as const;

/** The keys of a job whose tasks may start; none if it may not run, or they are still being written. */
export function dispatchOf(job: Job): Item {
  return mayRun(job.status) && job.writingUntil === undefined ? dispatchKeys(job) : {};
}

/** The job's place in the index; its turn comes by its age. */
export function dispatchKeys(job: Job): Item {
  const dispatchAt = firstTurn(job);
  return {
    dispatchGroup: keyOfJob(job.jobId, job.batchGroups),
    dispatchAt,
    rank: dispatchRank(job.priority, dispatchAt, job.jobId),
  };
}

/** The turn of a job comes by its creation, or by its start time if that is later. */
export function firstTurn({ createdAt, startAt = '' }: Job): string {
  return startAt > createdAt ? startAt : createdAt;
}

/** Holds while the job's priority is unchanged: the rank contains it, so the two change together. */
export function samePriority({ priority }: Job): Condition {
  return { attribute: 'priority', in: [priority] };
}

/** Holds while the job's turn is unchanged: a write that changes the turn must have seen the current one. */
export function sameTurn({ dispatchAt }: Job): Condition {
  return dispatchAt === undefined
    ? { attribute: 'dispatchAt', exists: false }
    : { attribute: 'dispatchAt', in: [dispatchAt] };
}
