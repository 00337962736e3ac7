/** Jobs: their records, their moves, and the lists of them. */
import { notFound } from '#domain/errors';
import { type Job, jobSchema } from '#domain/jobs/job';
import { JOB_MOVES } from '#domain/moves';
import { isFinalJob, type JobStatus, mayRun } from '#domain/statuses';
import { type Condition, guardedWrite, type Item, type Written } from '#store/dynamodb/guarded-write';
import { queryPage, readItem } from '#store/dynamodb/read';
import { DISPATCH_KEYS, dispatchKeys, dispatchOf, samePriority } from './dispatch-keys.ts';
import { isExpired } from './expiry.ts';

/** Servers may see a job's tasks only when a requeue has made all of them ready. */
export const NOT_REQUEUED = { attribute: 'requeue', exists: false } as const;

/** A change of a job's status, by its name in `JOB_MOVES`. */
export type JobMove = keyof typeof JOB_MOVES;
/** What came of a write to a job: the job as it is now, unless there is none. */
export type JobMoved = { readonly moved: true; readonly job: Job } | { readonly moved: false; readonly job?: Job };

/**
 * Creates the record. It is the acceptance of the job: its tasks are there before it. Repeating it changes nothing.
 * Cost: 3 WCU (the record, its phase, its place in dispatch).
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
 * The job, read consistently.
 * @throws Refusal NotFound
 */
export async function getJob(jobId: string): Promise<Job> {
  const job = await findJob(jobId);
  if (!job) throw notFound('job', jobId);
  return job;
}

/** The job, or undefined when there is none. */
export async function findJob(jobId: string): Promise<Job | undefined> {
  const item = await readItem('jobs', { jobId });
  return item && toJob(item);
}

/** A record of the table as a job; undefined for one that is over its time, and for the other records that the table holds. */
export function toJob(item: Item): Job | undefined {
  const job = jobSchema.safeParse(item).data;
  return job && !isExpired(job) ? job : undefined;
}

/**
 * Moves the job in one guarded write, which also puts it into the dispatch index, if its priority is still the one of `dispatch`, or takes it out.
 * A job that is not in a status of the move's `from` stays as it is and is given back.
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

/** Changes attributes of a job, and not its status; like `moveJob`, a job for which a condition does not hold is returned as it is. */
export async function changeJob(
  jobId: string,
  change: { set?: Item; remove?: readonly string[]; when: readonly Condition[] },
): Promise<JobMoved> {
  return movedOf(await guardedWrite({ table: 'jobs', key: { jobId }, ...change }));
}

/** Sets attributes of a job for which the conditions hold; whether they did. */
export async function setOnJob(jobId: string, set: Item, when: readonly Condition[]): Promise<boolean> {
  return (await guardedWrite({ table: 'jobs', key: { jobId }, set, when })).applied;
}

function movedOf(written: Written): JobMoved {
  const job = written.item && toJob(written.item);
  if (written.applied && job) return { moved: true, job };
  return job ? { moved: false, job } : { moved: false };
}

/** A job as the index of phases knows it. */
export type JobKey = { readonly jobId: string; readonly status: JobStatus; readonly batchGroup: string };

/** Job ids of one phase, newest first, with what the index knows of them; ids below `before` only. */
export async function listJobKeys(
  phase: 'Open' | 'Final',
  page: { before?: string | undefined; limit: number },
): Promise<{ keys: JobKey[]; more: boolean }> {
  const reply = await queryPage({
    table: 'jobs',
    index: 'byPhase',
    partition: ['phase', phase],
    newestFirst: true,
    limit: page.limit,
    after: page.before === undefined ? undefined : { phase, jobId: page.before },
  });
  return {
    keys: reply.items.flatMap((item) => jobKeySchema.safeParse(item).data ?? []),
    more: reply.next !== undefined,
  };
}

const jobKeySchema = jobSchema.pick({ jobId: true, status: true, batchGroup: true });
