/** What people may do to a job: each verb with who may do it, and when. Routes, guards and replies all read it here. */
import { Refusal, wrongStatus } from '#domain/errors';
import type { Job } from '#domain/jobs/job';
import { JOB_MOVES } from '#domain/status-moves';
import { type JobStatus, ONGOING_JOB_STATUSES } from '#domain/statuses';
import type { Access } from './access.ts';

type Rule = {
  readonly access: Access;
  /** The statuses that allow it. */
  readonly from: readonly JobStatus[];
  /** What the refusal of another status calls it. */
  readonly done: Parameters<typeof wrongStatus>[1];
  /** What else keeps it from being done now. */
  readonly unless?: (job: Job, cancelling: number | undefined) => Refusal | undefined;
};

const OWN = { role: 'BatchUser', ownJobs: true } as const;

export const JOB_RULES = {
  cancel: { access: OWN, from: JOB_MOVES.cancel.from, done: 'cancelled' },
  hold: {
    access: { ...OWN, systemJobs: 'hold' },
    from: JOB_MOVES.hold.from,
    done: 'held',
    unless: (job) => (job.requeue ? later('The job is being requeued; hold it when its tasks are ready.') : undefined),
  },
  release: {
    access: { ...OWN, systemJobs: 'release' },
    from: JOB_MOVES.release.from,
    done: 'released',
    unless: ({ requeue, writingUntil }) => (requeue || writingUntil !== undefined ? releaseLater() : undefined),
  },
  requeue: { access: { ...OWN, systemJobs: 'requeue' }, from: JOB_MOVES.requeue.from, done: 'requeued' },
  setPriority: {
    access: { ...OWN, systemJobs: 'prioritise' },
    from: ONGOING_JOB_STATUSES,
    done: 'given another priority',
  },
  addTasks: { access: { ...OWN, systemJobs: 'add tasks to' }, from: ['Withhold'], done: 'added to' },
  abort: {
    access: { role: 'BatchJobManager' },
    from: ['Cancelling'],
    done: 'aborted',
    unless: (job, cancelling) => (cancelling === 0 ? nothingToAbort(job) : undefined),
  },
} as const satisfies Readonly<Record<string, Rule>>;
/** What people may do to a job. */
export type JobVerb = keyof typeof JOB_RULES;

/**
 * Why the job as it is now allows this to no caller; undefined if it allows it. `cancelling` is the number of its
 * Cancelling tasks, if that is known.
 */
export function refuseVerb(verb: JobVerb, job: Job, cancelling?: number): Refusal | undefined {
  const { from, done, unless }: Rule = JOB_RULES[verb];
  if (verb === 'cancel' && job.system)
    return new Refusal('SystemJob', 'This is a system job: it cannot be cancelled, so wait for its end.', {
      jobId: job.jobId,
    });
  if (!from.includes(job.status)) return wrongStatus('job', done, job.status);
  return unless?.(job, cancelling);
}

/** The refusal of a write that this job refused: by its rule, or because others changed the job meanwhile. */
export function refusedVerb(verb: JobVerb, job: Job): Refusal {
  return refuseVerb(verb, job) ?? later('Others are changing this job at the same time; try again.');
}

/** Of a cancelled job that runs nothing any more. */
export function nothingToAbort({ jobId, status }: Pick<Job, 'jobId' | 'status'>): Refusal {
  const facts = { jobId, currentStatus: status };
  return new Refusal('NothingToAbort', 'No task of this job is running any more: it ends by itself.', facts);
}

/** Of a held job that changes: what was seen of it is no longer what would be released. */
export function releaseLater(): Refusal {
  return later(
    'Tasks of this job are being written, its priority is being changed, or it is being requeued; release it when that is done.',
  );
}

function later(message: string): Refusal {
  return new Refusal('TooManyRequests', message);
}
