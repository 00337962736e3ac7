import { recallServer } from '#engine/servers/resume-server';
import { findAbort } from '#store/aborts';
import { noteFailure } from './abort-notes.ts';
import { completeAbort } from './complete-abort.ts';
import { resumeServers } from './resume-servers.ts';

/**
 * Ends the abort as failed. Its servers go back to work if they drain for it, or if ECS has not accepted their stop.
 * The first failure stays. Repeating it completes what was cut off.
 */
export async function failAbort(abortId: string, failure: { step: string; reason: string }): Promise<void> {
  await noteFailure(abortId, failure);
  const abort = await findAbort(abortId);
  if (!abort) return;
  await resumeServers(abort);
  for (const serverId of abort.serverIds) await recallServer(serverId, abortId);
  await completeAbort(abortId);
}
