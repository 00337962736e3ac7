/** Jobs in which no task was found are not searched again for a while. */

import { RecentValues } from '#server/recent-values';
import type { DispatchedJob } from '#store/reads/dispatch';
import { MAX_SHARDS_PER_SEARCH } from './ready-keys.ts';

/** The rest of a job doubles with each search that finds nothing, up to the limit. */
const FIRST_REST_MS = 50;
const MAX_REST_MS = 1_000;
/** How many searches of the whole job find no task before it leaves the dispatch index or is put off there. */
const SEARCHES_BEFORE_REST = 3;
/** The rest of a job whose record cannot be read: someone must repair it first. */
const UNREADABLE_REST_MS = 30_000;

/** A job whose search takes long rests longer than that, within a limit: most of the time is for other jobs. */
const REST_OF_SEARCH = 2;
const MAX_LONG_REST_MS = 5_000;

/** `searchedMs`: how long the search of the job has taken since its last rest. */
type Rest = {
  readonly untilMs: number;
  readonly ms: number;
  readonly searches: number;
  readonly searchedMs: number;
};
/** What follows a search that has found nothing. */
type Verdict = {
  /** A part of a job with many shards: the next search is to go on at once. */
  readonly isPart: boolean;
  /** It was searched so often that it should leave the dispatch index. */
  readonly isDue: boolean;
};

/** The rests of the jobs that this server has searched. */
export class JobRests {
  readonly #rests = new RecentValues<Rest>();

  isResting({ jobId }: DispatchedJob): boolean {
    return (this.#rests.get(jobId)?.untilMs ?? 0) > Date.now();
  }

  /** A task was found: the next rest is a short one. */
  end({ jobId }: DispatchedJob): void {
    this.#rests.delete(jobId);
  }

  /** The job's record is malformed or gone, so none of its tasks can start. */
  avoid(jobId: string): void {
    this.#rests.set(jobId, { ms: FIRST_REST_MS, searches: 0, searchedMs: 0, untilMs: Date.now() + UNREADABLE_REST_MS });
  }

  /** A search that began then has found nothing: the job rests once all of it was searched. */
  extend(job: DispatchedJob, sinceMs: number): Verdict {
    const rest = longerRest(this.#rests.get(job.jobId), job, Date.now() - sinceMs);
    const isDue = rest.searches >= SEARCHES_BEFORE_REST;
    this.#rests.set(job.jobId, isDue ? { ...rest, searches: 0 } : rest);
    return { isPart: !Number.isInteger(rest.searches), isDue };
  }
}

/** A job of many shards is searched part by part. The number of shards is a power of two, so the sum is exact. */
function longerRest(rest: Rest | undefined, { shards }: DispatchedJob, tookMs: number): Rest {
  const searches = (rest?.searches ?? 0) + Math.min(1, MAX_SHARDS_PER_SEARCH / shards);
  const searchedMs = (rest?.searchedMs ?? 0) + tookMs;
  const before = rest?.ms ?? 0;
  if (!Number.isInteger(searches)) return { ms: before, searches, searchedMs, untilMs: 0 };
  const ms = Math.min(MAX_REST_MS, before === 0 ? FIRST_REST_MS : before * 2);
  const longMs = Math.min(MAX_LONG_REST_MS, REST_OF_SEARCH * searchedMs);
  return { ms, searches, searchedMs: 0, untilMs: Date.now() + Math.max(ms, longMs) };
}
