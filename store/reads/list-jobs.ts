/** Lists of jobs, by the time of their submission, open and ended ones together. */
import { encodeTime } from 'ulid';
import { Refusal } from '#domain/errors';
import type { Job } from '#domain/jobs/job';
import { isFinalJob, JOB_PHASES, type JobPhase } from '#domain/statuses';
import { readItems } from '#store/dynamodb/read';
import { toJobs } from '#store/jobs';
import { type JobKey, listJobKeys } from './job-keys.ts';

/** What a list of jobs is filtered by; of several values one must fit. */
type JobFilter = {
  readonly [Of in 'status' | 'batchGroup' | 'priority' | 'createdBy']?: readonly Job[Of][] | undefined;
} & {
  /** Part of the name, in capitals or not. */
  readonly q?: string | undefined;
  /** The time of the submission, both ends included. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly order?: 'newest' | 'oldest' | undefined;
};

/** How many index entries one request reads to find jobs that fit a filter; the next page continues there. */
const MAX_KEYS_LOOKED_AT = 5_000;
const KEYS_PER_PAGE = 200;

/**
 * A page of jobs that fit the filter. `cursor` is set if there may be more; pages may be short, but only malformed jobs
 * are left out, and logged. `looked` says after how many entries a search was cut off. 0.5 RCU for each 4 KB of the
 * index (at most 5,000 entries), and for each job.
 * @throws Refusal InvalidRequest for a cursor that is outside of the list
 */
export async function listJobs(
  filter: JobFilter,
  page: { cursor?: string | undefined; limit: number },
): Promise<{ jobs: Job[]; cursor?: string; looked?: number }> {
  const { keys, ...rest } = await fittingKeys(filter, page);
  const wanted = keys.map(({ jobId }) => ({ table: 'jobs' as const, key: { jobId } }));
  const found = await readItems(wanted, { consistent: false });
  // The index may lag: the record decides whether the job fits.
  const jobs = toJobs(found.map(({ item }) => item)).filter((job) => fits(job, filter));
  return { jobs: jobs.sort(inOrder(filter)), ...rest };
}

async function fittingKeys(filter: JobFilter, page: { cursor?: string | undefined; limit: number }) {
  checkCursor(page.cursor, idsOf(filter));
  const keys: JobKey[] = [];
  let before = page.cursor;
  let looked = 0;
  while (looked < MAX_KEYS_LOOKED_AT) {
    const next = await keysBeyond(before, filter);
    for (const key of next.keys) {
      before = key.jobId;
      if (fits(key, filter)) keys.push(key);
      if (keys.length === page.limit) return { keys, cursor: before };
    }
    if (!next.more) return { keys };
    looked += next.keys.length;
  }
  return { keys, ...(before === undefined ? {} : { cursor: before, looked }) };
}

/** DynamoDB refuses to begin at a key that is outside of the list. */
function checkCursor(cursor: string | undefined, { from = '', to = '~' }: ReturnType<typeof idsOf>): void {
  if (cursor === undefined || (cursor >= from && cursor <= to)) return;
  throw new Refusal('InvalidRequest', 'query.cursor: use the cursor of a page unchanged, with the same query');
}

/**
 * The next keys beyond the given one, up to the nearest of the last keys read: beyond it, one phase is not read yet.
 */
async function keysBeyond(before: string | undefined, filter: JobFilter) {
  const range = { before, limit: KEYS_PER_PAGE, oldestFirst: filter.order === 'oldest', ...idsOf(filter) };
  // One after the other, open jobs first: a job that ends between the two reads is seen twice, not missed.
  const pages = [];
  for (const phase of phasesOf(filter)) pages.push(await listJobKeys(phase, range));
  const order = inOrder(filter);
  const [nearest] = pages.flatMap(({ more, keys }) => (more ? (keys.at(-1) ?? []) : [])).sort(order);
  const keys = pages.flatMap((page) => page.keys).filter((key) => !nearest || order(key, nearest) <= 0);
  const distinct = [...new Map(keys.map((key) => [key.jobId, key])).values()];
  return { keys: distinct.sort(order), more: nearest !== undefined };
}

/** An id begins with the time of its submission, in ten characters. */
function idsOf({ since, until }: JobFilter): { from?: string; to?: string } {
  const timeOf = (at: string) => encodeTime(Math.max(0, Date.parse(at)), 10);
  return { ...(since && { from: timeOf(since) }), ...(until && { to: `${timeOf(until)}~` }) };
}

function phasesOf({ status }: JobFilter): readonly JobPhase[] {
  if (status === undefined) return JOB_PHASES;
  return JOB_PHASES.filter((phase) => status.some((each) => isFinalJob(each) === (phase === 'Final')));
}

function fits(key: JobKey, filter: JobFilter): boolean {
  const { q, status, batchGroup, priority, createdBy } = filter;
  const has = <Value>(wanted: readonly Value[] | undefined, value: Value) => wanted?.includes(value) ?? true;
  return (
    has(status, key.status) &&
    has(batchGroup, key.batchGroup) &&
    has<string | undefined>(priority, key.priority) &&
    has<string | undefined>(createdBy, key.createdBy) &&
    (q === undefined || (key.name ?? '').toLowerCase().includes(q.toLowerCase()))
  );
}

function inOrder({ order }: JobFilter): (a: { jobId: string }, b: { jobId: string }) => number {
  const sign = order === 'oldest' ? -1 : 1;
  return (a, b) => (a.jobId === b.jobId ? 0 : a.jobId < b.jobId ? sign : -sign);
}
