/** Lists of jobs, newest first, open and ended ones together. */
import type { Job } from '#domain/jobs/job';
import { isFinalJob, JOB_PHASES, type JobPhase, type JobStatus } from '#domain/statuses';
import { readItems } from '#store/dynamodb/read';
import { type JobKey, listJobKeys, toJobs } from '#store/jobs';

type JobFilter = { readonly status?: JobStatus | undefined; readonly batchGroup?: string | undefined };

/** How many index entries one request reads to find jobs that fit a filter; the next page continues there. */
const MAX_KEYS_LOOKED_AT = 5_000;
const KEYS_PER_PAGE = 200;

/**
 * A page of jobs that fit the filter. `cursor` is set if there may be more; pages may be short, but only malformed jobs
 * are left out, and logged. 0.5 RCU for each 4 KB of the index (at most 5,000 entries), and for each job.
 */
export async function listJobs(
  filter: JobFilter,
  page: { cursor?: string | undefined; limit: number },
): Promise<{ jobs: Job[]; cursor?: string }> {
  const { keys, cursor } = await fittingKeys(filter, page);
  const wanted = keys.map(({ jobId }) => ({ table: 'jobs' as const, key: { jobId } }));
  const found = await readItems(wanted, { consistent: false });
  // The index may lag: the record decides whether the job fits.
  const jobs = toJobs(found.map(({ item }) => item)).filter((job) => fits(job, filter));
  return { jobs: jobs.sort(newestFirst), ...(cursor === undefined ? {} : { cursor }) };
}

async function fittingKeys(filter: JobFilter, page: { cursor?: string | undefined; limit: number }) {
  const keys: JobKey[] = [];
  let before = page.cursor;
  for (let looked = 0; looked < MAX_KEYS_LOOKED_AT; looked += KEYS_PER_PAGE) {
    const next = await keysBelow(before, phasesOf(filter));
    for (const key of next.keys) {
      before = key.jobId;
      if (fits(key, filter)) keys.push(key);
      if (keys.length === page.limit) return { keys, cursor: before };
    }
    if (!next.more) return { keys };
  }
  return { keys, cursor: before };
}

/**
 * The newest keys below the given one, down to the higher of the last keys read: below it, one phase is not read yet.
 */
async function keysBelow(before: string | undefined, phases: readonly JobPhase[]) {
  // One after the other, open jobs first: a job that ends between the two reads is seen twice, not missed.
  const pages = [];
  for (const phase of phases) pages.push(await listJobKeys(phase, { before, limit: KEYS_PER_PAGE }));
  const reached = pages.flatMap((page) => (page.more ? (page.keys.at(-1)?.jobId ?? []) : []));
  const lowest = reached.sort().at(-1) ?? '';
  const keys = pages.flatMap((page) => page.keys).filter((key) => key.jobId >= lowest);
  const distinct = [...new Map(keys.map((key) => [key.jobId, key])).values()];
  return { keys: distinct.sort(newestFirst), more: reached.length > 0 };
}

function phasesOf({ status }: JobFilter): readonly JobPhase[] {
  if (status === undefined) return JOB_PHASES;
  return [isFinalJob(status) ? 'Final' : 'Open'];
}

function fits(key: Pick<JobKey, 'status' | 'batchGroup'>, filter: JobFilter): boolean {
  return (filter.status ?? key.status) === key.status && (filter.batchGroup ?? key.batchGroup) === key.batchGroup;
}

function newestFirst(a: { jobId: string }, b: { jobId: string }): number {
  return a.jobId < b.jobId ? 1 : -1;
}
