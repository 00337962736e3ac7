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

/** Step Functions takes whole seconds: it may be this much early. */
const DEADLINE_TOLERANCE_MS = 1_000;

/**
 * State `StopServer` of `abort-job`: has ECS stop the server's container; the state waits until the stop is proven. Two aborts that name
 * one server have it stopped once: the later one joins. A server that beats, only not to Step Functions, drains on until its deadline.
 * Running it again does no harm.
 * @throws Refusal PlanChanged when the server would be stopped in the midst of a task of which the confirmed plan did not tell
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
  // Lost: the reaper has it stopped and brings the proof. Stopped: there is nothing to wait for.
  if (!(await awaitStop(serverId, token))) await succeed([token]);
});

/** A drain times out at its deadline, or when the server's heartbeats are missing: its own record tells whether it is dead. */
async function whyTimedOut(serverId: string, now: string): Promise<'DeadlineReached' | 'Silent' | 'StillBeating'> {
  const server = await getServer(serverId);
  if (server.status !== 'Draining') return 'Silent';
  const leftMs = Date.parse(server.drainDeadline ?? now) - Date.parse(now);
  if (leftMs <= DEADLINE_TOLERANCE_MS) return 'DeadlineReached';
  const { heartbeatSeconds } = settings();
  return isSilent(server, { now, heartbeatSeconds }) ? 'Silent' : 'StillBeating';
}
