/** A page of the jobs that fit the filter, by the API's filters and those of the page. */
import { useJobs } from '#console/api/reads.ts';
import type { Search } from '#console/bulk-acts/found.ts';
import { type Filter, namedIn } from '#console/filter/url-filter.tsx';
import { nowMs } from '#console/parts/clock.ts';
import { readWaits, useWaits, type Wait } from '#console/waits/waits.ts';
import { lacksServer } from '#console/waits/words.ts';
import { type Conditions, conditionsIn, meetsOwn } from './conditions.ts';
import { queryOf } from './filter.tsx';

const PAGE = 50;

/** The jobs of the page after the cursor, the cursor of the next one, and the search for the jobs of all pages. */
export function useFittingJobs({ query }: Filter, cursor: string | undefined) {
  const asked = queryOf(query);
  const conditions = conditionsIn(namedIn(query));
  const { data, error, isPending } = useJobs({ ...asked, limit: PAGE, ...(cursor !== undefined && { cursor }) });
  const found = (data?.items ?? []).filter((job) => meetsOwn(job, conditions, nowMs()));
  const waits = useWaits(conditions.lacksServer ? found : []);
  const jobs = found.filter(({ jobId }) => isWaitMet(waits.get(jobId), conditions));
  // That nothing waits for a server is known when all waits are.
  const isReading = isPending || (conditions.lacksServer && jobs.length === 0 && waits.size < found.length);
  return {
    jobs,
    next: data?.cursor,
    error,
    isPending: isReading,
    search: { query: asked, fits: fitsOf(conditions) },
    conditions,
  };
}

function fitsOf(conditions: Conditions): Search['fits'] {
  return async (job, client, signal) =>
    meetsOwn(job, conditions, nowMs()) &&
    (!conditions.lacksServer || isWaitMet(await readWaits(job, client, signal), conditions));
}

function isWaitMet(waits: readonly Wait[] | undefined, conditions: Conditions): boolean {
  return !conditions.lacksServer || (waits?.some(lacksServer) ?? false);
}
