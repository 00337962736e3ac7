/** Jobs in which no task was found are not searched again for a while. */

import { Recent } from '#server/recent';
import type { DispatchedJob } from '#store/reads/dispatch';
import { MAX_SHARDS_PER_SEARCH } from './ready-keys.ts';

/** The rest of a job doubles with each search that finds nothing, up to the limit. */
const FIRST_REST_MS = 50;
const MAX_REST_MS = 1_000;
/** How many searches of the whole job find no task before it leaves the dispatch index or is put off there. */
const SEARCHES_BEFORE_REST = 3;
/** The rest of a job whose record cannot be read: someone must repair it first. */
const UNREADABLE_REST_MS = 30_000;

type Rest = { readonly untilMs: number; readonly ms: number; readonly searches: number };

/** The rests of the jobs that this server has searched. */
export class JobRests {
  readonly #rests = new Recent<Rest>();

  isResting({ jobId }: DispatchedJob): boolean {
    return (this.#rests.get(jobId)?.untilMs ?? 0) > Date.now();
  }

  /** A task was found: the next rest is a short one. */
  end({ jobId }: DispatchedJob): void {
    this.#rests.delete(jobId);
  }

  /** The job's record is malformed or gone, so none of its tasks can start. */
  avoid(jobId: string): void {
    this.#rests.set(jobId, { ms: FIRST_REST_MS, searches: 0, untilMs: Date.now() + UNREADABLE_REST_MS });
  }

  /** Nothing was found: the job rests. True if it was searched so often that it should leave the dispatch index. */
  extend(job: DispatchedJob): boolean {
    const rest = longerRest(this.#rests.get(job.jobId), job);
    const isDue = rest.searches >= SEARCHES_BEFORE_REST;
    this.#rests.set(job.jobId, isDue ? { ...rest, searches: 0 } : rest);
    return isDue;
  }
}

/** A job of many shards is searched part by part: it rests only when the whole job may have been searched. */
function longerRest(rest: Rest | undefined, { shards }: DispatchedJob): Rest {
  const ms = Math.min(MAX_REST_MS, rest ? rest.ms * 2 : FIRST_REST_MS);
  const searches = (rest?.searches ?? 0) + Math.min(1, MAX_SHARDS_PER_SEARCH / shards);
  return { ms, searches, untilMs: Date.now() + (shards > MAX_SHARDS_PER_SEARCH ? 0 : ms) };
}
