/** Notes on an open abort. */
import type { Abort } from '#domain/aborts/abort';
import { notFound } from '#domain/errors';
import { type Requester, wasDone } from '#domain/jobs/idempotency';
import { OPEN_ABORT_STATUSES } from '#domain/statuses';
import { keeping } from '#engine/idempotency';
import { getAbort, moveAbort, setOnAbort, toAbort } from '#store/aborts';
import { guardedWrite } from '#store/dynamodb/guarded-write';
import { readRestarts } from '#store/reads/abort-progress';

/**
 * Notes who withdraws an abort that is in force and drains. Returns the abort, and whether this request is the first
 * that withdraws it.
 * @throws Refusal NotFound, IdempotencyKeyReused
 */
export async function noteWithdraw(
  abortId: string,
  { once, ...withdraw }: Requester,
): Promise<{ isFirst: boolean; abort: Abort }> {
  const abort = await getAbort(abortId);
  if (wasDone(abort, once)) return { isFirst: false, abort };
  const { set, when } = keeping(abort, once);
  if (abort.withdraw) {
    if (once) await setOnAbort(abortId, set, when);
    return { isFirst: false, abort };
  }
  const written = await guardedWrite({
    table: 'aborts',
    key: { abortId },
    set: { ...set, withdraw },
    when: [
      { attribute: 'status', in: ['Draining'] },
      { attribute: 'phase', in: ['Open'] },
      { attribute: 'withdraw', exists: false },
      ...when,
    ],
  });
  if (!written.item) throw notFound('abort', abortId);
  return { isFirst: written.applied, abort: toAbort(written.item) };
}

/** Removes the note, and the request that left it: the withdrawal came too late for every server. */
export async function clearWithdraw({ abortId }: Abort): Promise<void> {
  await guardedWrite({
    table: 'aborts',
    key: { abortId },
    remove: ['withdraw', 'keptRequests'],
    when: [{ attribute: 'abortId', exists: true }],
  });
}

/** Notes the step and the reason of an open abort's failure: it ends as failed. The first failure stays. */
export async function noteFailure(abortId: string, failure: { step: string; reason: string }): Promise<void> {
  await setOnAbort(abortId, { failure }, [
    { attribute: 'status', in: OPEN_ABORT_STATUSES },
    { attribute: 'failure', exists: false },
  ]);
}

/**
 * Notes that the last server of the abort is past its drain: the abort can no longer be withdrawn.
 * @throws Refusal NotFound
 */
export async function noteRestarting(abortId: string): Promise<void> {
  const abort = await getAbort(abortId);
  const restarts = await readRestarts(abort);
  if (restarts.some((restart) => restart.status === 'Draining' && restart.withdrawnAt === undefined)) return;
  await moveAbort(abortId, 'restart');
}
