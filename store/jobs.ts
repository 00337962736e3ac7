/** Jobs: their records, their moves, and the lists of them. */
import { notFound, wrongStatus } from '#domain/errors';
import { type Job, jobSchema } from '#domain/job';
import { JOB_MOVES } from '#domain/moves';
import { dispatchRank, type Priority } from '#domain/priorities';
import { isFinalJob, type JobStatus } from '#domain/statuses';
import { isExpired } from './expiry.ts';
import { queryPage, readItem } from './read.ts';
import { type Condition, guardedWrite, type Item } from './write.ts';

export type JobMove = keyof typeof JOB_MOVES;
type JobMoved = { readonly moved: true; readonly job: Job } | { readonly moved: false; readonly job?: Job };

/** The group under which jobs whose tasks name several batch groups are dispatched: every server looks there too. */
export const MIXED_GROUPS = '*';

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
  const job = written.item && toJob(written.item);
  if (written.applied && job) return { moved: true, job };
  return job ? { moved: false, job } : { moved: false };
}

/**
 * Changes the priority of a job that has not ended; gives the one that it had.
 * @throws Refusal NotFound, WrongStatus
 */
export async function setPriority(jobId: string, priority: Priority): Promise<{ before: Priority; job: Job }> {
  for (;;) {
    const job = await getJob(jobId);
    const written = await guardedWrite({
      table: 'jobs',
      key: { jobId },
      set: {
        priority,
        ...(job.dispatchAt === undefined ? {} : { rank: dispatchRank(priority, job.dispatchAt, jobId) }),
      },
      when: [{ attribute: 'status', in: ['Withhold', 'Waiting', 'Executing'] }, samePriority(job), sameTurn(job)],
    });
    const now = written.item && toJob(written.item);
    if (written.applied && now) return { before: job.priority, job: now };
    if (now && !mayRun(now.status) && now.status !== 'Withhold')
      throw wrongStatus('job', 'given another priority', now.status);
  }
}

/** Sets attributes of a job that is in one of these statuses; whether it was. */
export async function setOnJob(jobId: string, set: Item, when: readonly Condition[]): Promise<boolean> {
  return (await guardedWrite({ table: 'jobs', key: { jobId }, set, when })).applied;
}

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

/**
 * Puts a job into the dispatch index after a task of it was made Ready, its turn by its age; nothing happens when it is there already, or may
 * not run. Whoever takes a job out of the index or puts it off looks for Ready tasks afterwards: one of the two always sees the other. 1 RCU,
 * and 2 WCU when it was not there.
 */
export async function enterDispatch(jobId: string): Promise<void> {
  for (let job = await findJob(jobId); job && !isSeen(job); job = await findJob(jobId)) {
    const { applied } = await guardedWrite({
      table: 'jobs',
      key: { jobId },
      set: dispatchKeys(job),
      when: [
        { attribute: 'status', in: RUNNABLE },
        { attribute: 'requeue', exists: false },
        samePriority(job),
        sameTurn(job),
      ],
    });
    // Refused, it may have been put off, taken out or given another priority a moment ago: look again.
    if (applied || !mayRun(job.status) || job.requeue) return;
  }
}

/** Puts off a job none of whose tasks may start before that time; the caller is to look for Ready tasks once more afterwards. */
export async function postponeDispatch(jobId: string, at: string): Promise<Job | undefined> {
  const job = await findJob(jobId);
  if (!job || job.dispatchAt === undefined || job.dispatchAt >= at) return undefined;
  const written = await guardedWrite({
    table: 'jobs',
    key: { jobId },
    set: { dispatchAt: at, rank: dispatchRank(job.priority, at, jobId) },
    when: [sameTurn(job), samePriority(job)],
  });
  return written.applied && written.item ? toJob(written.item) : undefined;
}

/** Takes a job that has no Ready task out of the dispatch index; the caller is to look for Ready tasks once more afterwards. */
export async function leaveDispatch(jobId: string): Promise<Job | undefined> {
  const written = await guardedWrite({
    table: 'jobs',
    key: { jobId },
    remove: DISPATCH_KEYS,
    when: [{ attribute: 'dispatchGroup', exists: true }],
  });
  return written.applied && written.item ? toJob(written.item) : undefined;
}

const RUNNABLE = ['Waiting', 'Executing'] as const;
const DISPATCH_KEYS = ['dispatchGroup', 'dispatchAt', 'rank'] as const;

/** Only `Waiting` and `Executing` jobs may have tasks started. */
export function mayRun(status: JobStatus): boolean {
  return status === 'Waiting' || status === 'Executing';
}

function dispatchOf(job: Job): Item {
  return mayRun(job.status) ? dispatchKeys(job) : {};
}

function dispatchKeys(job: Job): Item {
  const [only, ...others] = job.batchGroups;
  const dispatchAt = firstTurn(job);
  return {
    dispatchGroup: others.length === 0 ? only : MIXED_GROUPS,
    dispatchAt,
    rank: dispatchRank(job.priority, dispatchAt, job.jobId),
  };
}

/** A job takes its turn by its age, one with a start time by that. */
function firstTurn({ createdAt, startAt = '' }: Job): string {
  return startAt > createdAt ? startAt : createdAt;
}

/** Whether servers look at the job as early as they ever may. */
function isSeen(job: Job): boolean {
  return job.dispatchAt !== undefined && job.dispatchAt <= firstTurn(job);
}

/** The rank holds the priority: the two change together or not at all. */
function samePriority({ priority }: Job): Condition {
  return { attribute: 'priority', in: [priority] };
}

function sameTurn({ dispatchAt }: Job): Condition {
  return dispatchAt === undefined
    ? { attribute: 'dispatchAt', exists: false }
    : { attribute: 'dispatchAt', in: [dispatchAt] };
}
