/** Requests with an Idempotency-Key: the write that an act makes keeps its request in the record that it changes. */
import { Refusal } from '#domain/errors';
import { type Once, wasDone, withRequest } from '#domain/jobs/idempotency';
import type { Condition } from '#store/dynamodb/expressions';
import type { Item } from '#store/dynamodb/guarded-write';
import type { JobMoved } from '#store/jobs';

/** A lost round means that another request with a key changed the job in between. */
const MAX_ROUNDS = 20;

type Kept = { readonly keptRequests?: string | undefined };
/** What a write adds to its changes and conditions to keep the request. */
export type Keeping = { readonly set: Item; readonly when: readonly Condition[] };

/**
 * What makes a write keep the request, and be refused if the record has kept another one since it was seen. Nothing for
 * a request without a key. `made` is the id of what the request makes elsewhere.
 */
export function keeping(seen: Kept, once: Once | undefined, made?: string): Keeping {
  if (!once) return { set: {}, when: [] };
  const { keptRequests } = seen;
  const unchanged =
    keptRequests === undefined
      ? ({ attribute: 'keptRequests', exists: false } as const)
      : { attribute: 'keptRequests', in: [keptRequests] };
  return { set: { keptRequests: withRequest(seen, once, made) }, when: [unchanged] };
}

/**
 * Makes this guarded write of a job once: a repeat counts as moved, and returns the job as it is now. The job as seen
 * does not keep the request. The write is made anew only if the job has kept another request in between.
 * @throws Refusal IdempotencyKeyReused; TooManyRequests after `MAX_ROUNDS`
 */
export async function moveOnce(
  first: Kept,
  once: Once | undefined,
  write: (keep: Keeping) => Promise<JobMoved>,
): Promise<JobMoved> {
  let seen = first;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const moved = await write(keeping(seen, once));
    if (moved.moved || !once || !moved.job) return moved;
    if (wasDone(moved.job, once)) return { moved: true, job: moved.job };
    if (moved.job.keptRequests === seen.keptRequests) return moved;
    seen = moved.job;
  }
  throw new Refusal('TooManyRequests', 'Others are changing this job at the same time; try again.');
}
