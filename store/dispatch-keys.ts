/** The keys by which a job lies in the dispatch index, and what a change of them depends on. */
import type { Job } from '#domain/jobs/job';
import { dispatchRank } from '#domain/priorities';
import { mayRun } from '#domain/statuses';
import type { Condition, Item } from '#store/dynamodb/guarded-write';

/** The group under which jobs whose tasks name several batch groups are dispatched: every server looks there too. */
export const MIXED_GROUPS = '*';

export const DISPATCH_KEYS = ['dispatchGroup', 'dispatchAt', 'rank'] as const;

/** The keys of a job that may run; none of one that may not. */
export function dispatchOf(job: Job): Item {
  return mayRun(job.status) ? dispatchKeys(job) : {};
}

/** The job's place in the index, its turn by its age. */
export function dispatchKeys(job: Job): Item {
  const [only, ...others] = job.batchGroups;
  const dispatchAt = firstTurn(job);
  return {
    dispatchGroup: others.length === 0 ? only : MIXED_GROUPS,
    dispatchAt,
    rank: dispatchRank(job.priority, dispatchAt, job.jobId),
  };
}

/** A job takes its turn by its age, one with a start time by that. */
export function firstTurn({ createdAt, startAt = '' }: Job): string {
  return startAt > createdAt ? startAt : createdAt;
}

/** The rank holds the priority: the two change together or not at all. */
export function samePriority({ priority }: Job): Condition {
  return { attribute: 'priority', in: [priority] };
}

/** Whoever gives a job another turn has seen the one that it has. */
export function sameTurn({ dispatchAt }: Job): Condition {
  return dispatchAt === undefined
    ? { attribute: 'dispatchAt', exists: false }
    : { attribute: 'dispatchAt', in: [dispatchAt] };
}
