import { type Abort, isWithdrawn } from '#domain/aborts/abort';
import { wrongStatus } from '#domain/errors';
import type { Requester } from '#domain/jobs/idempotency';
import { fail } from '#engine/aws/callbacks';
import { tell } from '#engine/tell-events';
import { getAbort } from '#store/aborts';
import { readRestarts } from '#store/reads/abort-progress';
import { clearWithdraw, noteWithdraw } from './abort-notes.ts';
import { completeAbort } from './complete-abort.ts';
import { resumeServers } from './resume-servers.ts';

/**
 * Withdraws the abort: each server that still drains for it goes back to work, and the workflow that waits for it fails
 * with `Withdrawn`. A repeated request returns the same.
 * @throws Refusal NotFound, IdempotencyKeyReused; WrongStatus if the stop of every server was requested already, or the
 * abort is a task abort or has ended
 */
export async function withdrawAbort(abortId: string, requester: Requester): Promise<Abort> {
  const { isFirst, abort } = await noteWithdraw(abortId, requester);
  if (!abort.withdraw) throw wrongStatus('abort', 'withdrawn', abort.status);
  const tokens = await resumeServers(abort);
  // Two requests at once share the servers: what counts is whether either of them resumed one.
  if (!isWithdrawn(await readRestarts(abort))) {
    if (isFirst) await clearWithdraw(abort);
    throw wrongStatus('abort', 'withdrawn', 'Restarting');
  }
  const event = { ...abort.withdraw, type: 'AbortWithdrawRequested', abortId } as const;
  await tell([{ jobId: abort.jobId, event }]);
  await completeAbort(abortId);
  const withdrawn = await getAbort(abortId);
  await fail(tokens, 'Withdrawn');
  return withdrawn;
}
