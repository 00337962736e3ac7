/** Withdrawal: servers that drain for an abort are taken back from it, as long as their stop was not requested. */
import { type Abort, isWithdrawn, type Withdraw } from '#domain/aborts/abort';
import { wrongStatus } from '#domain/errors';
import { drainCallbacks, giveBack } from '#engine/servers/drain-server';
import { recallServer } from '#engine/servers/stop-server';
import { completeAbort, deleteAbort, findAbort, getAbort } from '#store/aborts';
import { putEvent } from '#store/events';
import { readRestarts } from '#store/reads/abort-progress';
import { clearWithdraw, noteFailure, noteWithdraw } from './abort-notes.ts';

/**
 * Withdraws the abort: each server that still drains for it goes back to work. Gives the abort and the callbacks that wait for those servers,
 * which the caller is to answer. Asking again answers with the same.
 * @throws Refusal NotFound; WrongStatus when the stop of every server was requested already, or the abort is a task abort or at its end
 */
export async function withdrawAbort(abortId: string, withdraw: Withdraw): Promise<{ abort: Abort; tokens: string[] }> {
  const marked = await noteWithdraw(abortId, withdraw);
  const abort = await getAbort(abortId);
  if (!abort.withdraw) throw wrongStatus('abort', 'withdrawn', abort.status);
  const { tokens } = await giveBackServers(abort);
  // Two who withdraw at once share the servers: what counts is whether any was given back, by whomever.
  if (!isWithdrawn(await readRestarts(abort))) {
    if (marked) await clearWithdraw(abortId);
    throw wrongStatus('abort', 'withdrawn', 'Restarting');
  }
  await putEvent(abort.jobId, { ...abort.withdraw, type: 'AbortWithdrawRequested', abortId }, abortId);
  await completeAbort(abortId);
  return { abort: await getAbort(abortId), tokens };
}

/**
 * Ends the abort as failed and gives back what drains for it, or was to be stopped and was not. Repeating it does no harm and completes what
 * was cut off.
 */
export async function giveUpAbort(abortId: string, failure: { step: string; reason: string }): Promise<void> {
  await noteFailure(abortId, failure);
  const abort = await findAbort(abortId);
  if (!abort) return;
  await giveBackServers(abort);
  for (const serverId of abort.serverIds) await recallServer(serverId, abortId);
  await completeAbort(abortId);
}

/** Takes back what was done for an abort that has not come into force. Repeating it does no harm. */
export async function discardAbort(abort: Abort): Promise<void> {
  await giveBackServers(abort);
  await deleteAbort(abort.abortId);
}

/** Takes the abort off each server that drains for it; gives the callbacks that waited. Repeating it does no harm. */
export async function giveBackServers(abort: Abort): Promise<{ tokens: string[] }> {
  const taken = [];
  for (const serverId of abort.serverIds) taken.push(await giveBack(serverId, abort.abortId));
  return {
    tokens: taken.flatMap(({ done, server }) => (done && server ? drainCallbacks(server, abort.abortId) : [])),
  };
}
