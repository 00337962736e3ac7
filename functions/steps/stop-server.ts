import { isSilent } from '#domain/servers/server';
import { noteRestarting } from '#engine/aborts/abort-notes';
import { checkBystanders } from '#engine/aborts/plan-abort';
import { fail, succeed } from '#engine/aws/callbacks';
import { stopContainer } from '#engine/aws/containers';
import { awaitStop, noteStopAccepted, requestStop } from '#engine/servers/stop-server';
import { settings } from '#engine/settings';
import { publish } from '#functions/metrics';
import { step } from '#functions/middleware/base';
import { getServer } from '#store/servers';

/** Step Functions rounds to whole seconds, so its time-out may be this much early. */
const DEADLINE_TOLERANCE_MS = 1_000;

/**
 * State `StopServer` of `abort-job`: asks ECS to stop the server's container; the state waits until the stop is proven.
 * Two aborts of one server stop it once: the later one joins. A server whose heartbeats only Step Functions misses
 * drains until its deadline. Idempotent.
 * @throws Refusal PlanChanged if the stop would hit a task that the confirmed plan does not name
 */
export const handler = step('stop-server', async ({ abortId, serverId, token, timedOut }) => {
  const now = new Date().toISOString();
  const why = timedOut ? await whyTimedOut(serverId, now) : 'Drained';
  if (why === 'StillBeating') return fail([token], why);
  const deadlineReached = why === 'DeadlineReached';
  if (deadlineReached) await checkBystanders(abortId, serverId);
  const stopping = await requestStop(serverId, { abortId, token, now, deadlineReached });
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
  // Lost: the reaper stops it and records the proof. Stopped: there is nothing to wait for.
  if (!(await awaitStop(serverId, token))) await succeed([token]);
});

/** A drain times out at its deadline or without heartbeats. The server's own record says whether it is dead. */
async function whyTimedOut(serverId: string, now: string): Promise<'DeadlineReached' | 'Silent' | 'StillBeating'> {
  const server = await getServer(serverId);
  if (server.status !== 'Draining') return 'Silent';
  const leftMs = Date.parse(server.drainDeadline ?? now) - Date.parse(now);
  if (leftMs <= DEADLINE_TOLERANCE_MS) return 'DeadlineReached';
  const { heartbeatSeconds } = settings();
  return isSilent(server, { now, heartbeatSeconds }) ? 'Silent' : 'StillBeating';
}
