/** Withdrawal: servers that drain for an abort are taken back from it, as long as their stop was not requested. */
import type { Abort } from '#domain/abort';
import { wrongStatus } from '#domain/errors';
import { completeAbort, failAbort, findAbort, getAbort, setOnAbort } from './aborts.ts';
import { drainCallbacks, giveBack } from './draining.ts';
import { putEvent } from './events.ts';

type Withdraw = { readonly by: string; readonly at: string; readonly reason?: string | undefined };

/**
 * Withdraws the abort: each server that still drains for it goes back to work. Gives the abort and the callbacks that wait for those servers,
 * which the caller is to answer. Asking again answers with the same.
 * @throws Refusal NotFound; WrongStatus when the stop of every server was requested already, or the abort is a task abort or at its end
 */
export async function withdrawAbort(abortId: string, withdraw: Withdraw): Promise<{ abort: Abort; tokens: string[] }> {
  const marked = await setOnAbort(abortId, { withdraw }, [
    { attribute: 'status', in: ['Draining'] },
    { attribute: 'withdraw', exists: false },
  ]);
  const abort = await getAbort(abortId);
  if (!abort.withdraw) throw wrongStatus('abort', 'withdrawn', abort.status);
  if (marked) await putEvent(abort.jobId, { ...withdraw, type: 'AbortWithdrawRequested', abortId }, abortId);
  const { given, tokens } = await giveBackServers(abort);
  // Asking again finds nothing left to give back; a first time that finds nothing came too late.
  if (marked && given === 0) throw wrongStatus('abort', 'withdrawn', 'Restarting');
  await completeAbort(abortId);
  return { abort: await getAbort(abortId), tokens };
}

/** Ends the abort as failed and gives back what drains for it. Repeating it does no harm and completes what was cut off. */
export async function giveUpAbort(abortId: string, failure: { step: string; reason: string }): Promise<void> {
  const abort = await findAbort(abortId);
  if (!abort) return;
  await giveBackServers(abort);
  await failAbort(abortId, failure);
}

/** Takes the abort off each server that drains for it; gives how many, and the callbacks that waited. Repeating it does no harm. */
export async function giveBackServers(abort: Abort): Promise<{ given: number; tokens: string[] }> {
  const taken = [];
  for (const serverId of abort.serverIds) taken.push(await giveBack(serverId, abort.abortId));
  const given = taken.filter(({ done }) => done);
  return {
    given: given.length,
    tokens: given.flatMap(({ server }) => (server ? drainCallbacks(server, abort.abortId) : [])),
  };
}
