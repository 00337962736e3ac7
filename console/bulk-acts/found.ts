/** The jobs that a filter finds, on all its pages. */
import { useEffect, useState } from 'react';
import type { Client } from '#client/client';
import type { Job } from '#console/api/types.ts';
import { useClient } from '#console/app/session.tsx';
import type { JobQuery } from '#console/jobs/filter.tsx';

/** One act looks at no more jobs than this. */
export const MAX_JOBS = 1_000;
const PAGE = 200;

/** What has been found so far. */
export type Found = {
  readonly jobs: readonly Job[];
  readonly looked: number;
  /** Whether the filter finds more than `MAX_JOBS`. */
  readonly isCut: boolean;
  readonly isOver: boolean;
};
/** Which jobs are looked for: by the API, and then by the page. */
export type Search = {
  readonly query: JobQuery;
  fits(job: Job, client: Client, signal: AbortSignal): boolean | Promise<boolean>;
};

const NOTHING: Found = { jobs: [], looked: 0, isCut: false, isOver: false };

/** Looks for them once, when the page asks for it. */
export function useFound(search: Search) {
  const client = useClient();
  const [found, setFound] = useState(NOTHING);
  const [error, setError] = useState<Error>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was asked for first is what is acted on.
  useEffect(() => {
    const leaving = new AbortController();
    look({ client, search, signal: leaving.signal, onFound: setFound }).catch(
      (fault: Error) => leaving.signal.aborted || setError(fault),
    );
    return () => leaving.abort();
  }, []);
  return { found, error };
}

type Look = { client: Client; search: Search; signal: AbortSignal; onFound(found: Found): void };

async function look({ client, search, signal, onFound }: Look): Promise<void> {
  const jobs: Job[] = [];
  let looked = 0;
  for await (const job of client.pages('GET /jobs', { query: { ...search.query, limit: PAGE }, signal })) {
    if (looked === MAX_JOBS) return onFound({ jobs, looked, isCut: true, isOver: true });
    looked += 1;
    if (await search.fits(job, client, signal)) jobs.push(job);
    if (looked % PAGE === 0) onFound({ jobs: [...jobs], looked, isCut: false, isOver: false });
  }
  onFound({ jobs, looked, isCut: false, isOver: true });
}
