import { z } from 'zod';
import { checkBystanders } from '#functions/abort-rules';
import { fail, succeed } from '#functions/callbacks';
import { stopContainer } from '#functions/containers';
import { publish } from '#functions/metrics';
import { noteRestarting } from '#store/abort-notes';
import { getServer } from '#store/servers';
import { awaitStop, noteStopAccepted, requestStop } from '#store/stop-requests';

const inputSchema = z.object({
  abortId: z.string(),
  serverId: z.string(),
  token: z.string(),
  deadlineReached: z.boolean(),
});

/**
 * State `StopServer` of `abort-job`: has ECS stop the server's container; the state waits until the stop is proven. Two aborts that name
 * one server have it stopped once: the later one joins. Running it again does no harm.
 * @throws Refusal PlanChanged when the server would be stopped in the midst of a task of which the confirmed plan did not tell
 */
export async function handler(event: unknown): Promise<void> {
  const { abortId, serverId, token, deadlineReached } = inputSchema.parse(event);
  if (deadlineReached) await checkBystanders(abortId, serverId);
  const stopping = await requestStop(serverId, { abortId, token, now: new Date().toISOString(), deadlineReached });
  if (stopping) {
    if (deadlineReached) publish({ DrainDeadlines: 1 });
    await noteRestarting(abortId);
    await stopContainer(stopping, `Lastcall: abort ${abortId}`);
    await noteStopAccepted(serverId, new Date().toISOString());
    return;
  }
  const server = await getServer(serverId);
  if (!server.drainAborts?.has(abortId)) return fail([token], 'Withdrawn');
  await noteRestarting(abortId);
  // Lost: the reaper has it stopped and brings the proof. Stopped: there is nothing to wait for.
  if (!(await awaitStop(serverId, token))) await succeed([token]);
}
