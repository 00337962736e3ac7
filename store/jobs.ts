/** Jobs: their records, moves and keys. */
import { notFound } from '#domain/errors';
import { type Job, jobSchema } from '#domain/jobs/job';
import { JOB_MOVES } from '#domain/status-moves';
import { isFinalJob, mayRun } from '#domain/statuses';
import type { Condition } from '#store/dynamodb/expressions';
import { guardedDelete } from '#store/dynamodb/guarded-delete';
import { guardedWrite, type Item, type Written } from '#store/dynamodb/guarded-write';
import { parseEach, parseRecord } from '#store/dynamodb/parse-record';
import { readItem } from '#store/dynamodb/read';
import { DISPATCH_KEYS, dispatchKeys, dispatchOf, samePriority } from './dispatch-keys.ts';
import { isExpired } from './expiry.ts';

/** Servers may see a job's tasks only when a requeue has made all of them ready. */
export const NOT_REQUEUED = { attribute: 'requeue', exists: false } as const;

/** Servers may see a job's tasks, and the job may end, only when all of them are written. */
export const NOT_WRITING = { attribute: 'writingUntil', exists: false } as const;

/** The name of a change of a job's status. */
export type JobMove = keyof typeof JOB_MOVES;
/** The outcome of a write to a job, and the job as it is now, if it exists. */
export type JobMoved = { readonly moved: true; readonly job: Job } | { readonly moved: false; readonly job?: Job };

/**
 * Creates the record, before those of its tasks. Repeating it changes nothing. 2 WCU (the record and its entry in the
 * index byPhase), and 1 for the index dispatch if its tasks exist.
 */
export async function createJob(job: Job): Promise<void> {
  const { jobId, ...set } = job;
  await guardedWrite({
    table: 'jobs',
    key: { jobId },
    set: { ...set, phase: 'Open', ...dispatchOf(job) },
    when: [{ attribute: 'jobId', exists: false }],
  });
}

/**
 * The job, read consistently. 1 RCU.
 * @throws Refusal NotFound
 * @throws MalformedRecord
 */
export async function getJob(jobId: string): Promise<Job> {
  const job = await findJob(jobId);
  if (!job) throw notFound('job', jobId);
  return job;
}

/**
 * The job, read consistently; undefined if it does not exist. 1 RCU.
 * @throws MalformedRecord
 */
export async function findJob(jobId: string): Promise<Job | undefined> {
  const item = await readItem('jobs', { jobId });
  return item && toJob(item);
}

/**
 * A record of the table as a job; undefined if it has expired.
 * @throws MalformedRecord
 */
function toJob(item: Item): Job | undefined {
  const job = parseRecord(jobSchema, 'jobs', item);
  return isExpired(job) ? undefined : job;
}

/** Records of the table as jobs: expired ones are left out, and malformed ones are logged and left out. */
export function toJobs(items: readonly Item[]): Job[] {
  return parseEach(jobSchema, 'jobs', items).filter((job) => !isExpired(job));
}

/**
 * Moves the job in one guarded write and returns its record. A job that may not run leaves the dispatch index; with
 * `dispatch` it enters the index, if its priority is still the same. If the move is refused, the job stays as it is.
 * 2 WCU (the record and its phase), and 1 or 2 if its place in dispatch changes.
 */
export async function moveJob(
  jobId: string,
  move: JobMove,
  change: { set?: Item; remove?: readonly string[]; when?: readonly Condition[]; dispatch?: Job } = {},
): Promise<JobMoved> {
  const { to } = JOB_MOVES[move];
  const written = await guardedWrite({
    table: 'jobs',
    key: { jobId },
    move: JOB_MOVES[move],
    set: {
      ...change.set,
      ...(isFinalJob(to) ? { phase: 'Final' } : {}),
      ...(change.dispatch ? dispatchKeys(change.dispatch) : {}),
    },
    remove: [...(change.remove ?? []), ...(mayRun(to) ? [] : DISPATCH_KEYS)],
    when: [...(change.dispatch ? [samePriority(change.dispatch)] : []), ...(change.when ?? [])],
  });
  return movedOf(written);
}

/**
 * Changes attributes of a job but not its status, and returns its record. If a condition does not hold, the job stays
 * as it is. 1 WCU, and 1 for each index entry that changes.
 * @throws MalformedRecord
 */
export async function changeJob(
  jobId: string,
  change: { set?: Item; remove?: readonly string[]; when: readonly Condition[] },
): Promise<JobMoved> {
  return movedOf(await guardedWrite({ table: 'jobs', key: { jobId }, ...change }));
}

/** Sets attributes of a job; false if these conditions do not hold. 1 WCU, and 1 for each index entry that changes. */
export async function setOnJob(jobId: string, set: Item, when: readonly Condition[]): Promise<boolean> {
  return (await guardedWrite({ table: 'jobs', key: { jobId }, set, when })).applied;
}

/**
 * Takes a job that is not accepted from the request that writes its tasks, if the lease of that is over: from this
 * write on it cannot accept the job. Undefined if it lives, or has been first. 1 WCU.
 */
export async function fenceWriting(job: Job): Promise<Job | undefined> {
  const now = new Date().toISOString();
  return (job.writingUntil ?? '') > now ? undefined : stopWriting(job, now);
}

/**
 * Gives the lease of the request that writes the job's tasks another end; undefined if the lease was no longer the
 * same. From this write on the request cannot accept the job. 1 WCU.
 */
export async function stopWriting(job: Job, writingUntil: string): Promise<Job | undefined> {
  const stopped = await changeJob(job.jobId, {
    set: { writingUntil },
    when: [
      { attribute: 'writingUntil', in: [job.writingUntil] },
      { attribute: 'unwritten', exists: false },
    ],
  });
  return stopped.moved ? stopped.job : undefined;
}

/** Deletes the record of a job that was never accepted; false if its lease is another one now. 2 WCU. */
export async function deleteJob({ jobId, writingUntil }: Job): Promise<boolean> {
  const when = [{ attribute: 'writingUntil', in: [writingUntil] }];
  return guardedDelete({ table: 'jobs', key: { jobId }, when });
}

function movedOf(written: Written): JobMoved {
  const job = written.item && toJob(written.item);
  if (written.applied && job) return { moved: true, job };
  return job ? { moved: false, job } : { moved: false };
}
