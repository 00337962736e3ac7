/** Notes on an open abort. */
import type { Author } from '#domain/events';
import { OPEN_ABORT_STATUSES } from '#domain/statuses';
import { getAbort, moveAbort, setOnAbort } from '#store/aborts';
import { guardedWrite } from '#store/dynamodb/guarded-write';
import { readRestarts } from '#store/reads/abort-progress';

/** Notes who withdraws an abort that is in force and drains. False if it does not drain, or was withdrawn before. */
export async function noteWithdraw(abortId: string, withdraw: Author): Promise<boolean> {
  return setOnAbort(abortId, { withdraw }, [
    { attribute: 'status', in: ['Draining'] },
    { attribute: 'phase', in: ['Open'] },
    { attribute: 'withdraw', exists: false },
  ]);
}

/** Removes the note: the withdrawal came too late for every server. */
export async function clearWithdraw(abortId: string): Promise<void> {
  await guardedWrite({
    table: 'aborts',
    key: { abortId },
    remove: ['withdraw'],
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
