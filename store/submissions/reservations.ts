/** Idempotency keys: a repeated submission returns the job of the first. */
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { Refusal } from '#domain/errors';
import { keyReused, type Once } from '#domain/jobs/idempotency';
import { isAccepted } from '#domain/jobs/job';
import type { Condition } from '#store/dynamodb/expressions';
import { guardedWrite } from '#store/dynamodb/guarded-write';
import { parseRecord } from '#store/dynamodb/parse-record';
import { isExpired } from '#store/expiry';
import { fenceWriting, findJob } from '#store/jobs';

/** A key is remembered for a day: callers' retries take less. */
const KEY_KEPT_SECONDS = 24 * 3600;
/** Longer than a submission may take. A request that died before its job was accepted frees its key after this. */
const RESERVED_SECONDS = 60;

type Wanted = { readonly once: Once; readonly jobId: string };

/** How long a repeat waits for the first request; API Gateway waits 30 s for both. */
const WAIT_LIMIT_MS = 10_000;
const WAIT_STEP_MS = 100;

/**
 * Reserves the key of this user for a new job, until a time in epoch milliseconds; returns the id of the earlier job
 * if the key has one. If several requests reserve at once, one succeeds and the others wait until its job is accepted,
 * or its lease is over. 1 WCU for each look, and 1 RCU for the earlier job.
 * @throws Refusal IdempotencyKeyReused if the earlier request was another one; Unavailable if it takes longer than the
 * wait
 */
export async function reserveKey(
  wanted: Wanted,
  waitLimitMs = WAIT_LIMIT_MS,
): Promise<{ jobId: string; until: number }> {
  for (const deadline = performance.now() + waitLimitMs; ; ) {
    const found = await findOrReserve(wanted);
    if (found) return found;
    if (performance.now() >= deadline) break;
    await sleep(WAIT_STEP_MS * (0.5 + Math.random()));
  }
  throw new Refusal(
    'Unavailable',
    'The first request with this Idempotency-Key is still in progress; repeat it in a moment.',
  );
}

/** Undefined while the first request is under way. */
async function findOrReserve(wanted: Wanted): Promise<Reservation | undefined> {
  const first = await reserve(wanted, { attribute: 'keyHash', exists: false });
  if (!isExpired(first)) {
    checkSame(wanted, first);
    if (first.jobId === wanted.jobId) return first;
  }
  const job = isExpired(first) ? undefined : await findJob(first.jobId);
  if (job && isAccepted(job)) return first;
  if (!(job ? await fenceWriting(job) : first.until < Date.now())) return undefined;
  const taken = await reserve(wanted, { attribute: 'jobId', in: [first.jobId] });
  checkSame(wanted, taken);
  return taken.jobId === wanted.jobId ? taken : undefined;
}

/** `until` is in epoch milliseconds. */
const reservationSchema = z.object({
  jobId: z.string(),
  until: z.number(),
  requestHash: z.string(),
  expiresAt: z.number(),
});
type Reservation = z.infer<typeof reservationSchema>;

async function reserve(wanted: Wanted, when: Condition): Promise<Reservation> {
  const now = Date.now();
  const written = await guardedWrite({
    table: 'reservations',
    key: { keyHash: wanted.once.key },
    set: {
      jobId: wanted.jobId,
      until: now + RESERVED_SECONDS * 1000,
      requestHash: wanted.once.request,
      expiresAt: Math.ceil(now / 1000) + KEY_KEPT_SECONDS,
    },
    when: [when],
  });
  return parseRecord(reservationSchema, 'reservations', written.item ?? {});
}

function checkSame({ once }: Wanted, { requestHash }: Reservation): void {
  if (requestHash !== once.request) throw keyReused();
}
