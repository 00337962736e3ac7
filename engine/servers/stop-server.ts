import { noteRestarting } from '#engine/aborts/abort-notes';
import { checkBystanders } from '#engine/aborts/check-bystanders';
import { fail, succeed } from '#engine/aws/callbacks';
import { stopContainer } from '#engine/aws/containers';
import { getServer } from '#store/servers';
import { awaitStop, noteStopAccepted, requestStop } from './request-stop.ts';

/** Step Functions takes whole seconds, so it may be this much early. */
const DEADLINE_TOLERANCE_MS = 1_000;

type Stop = {
  readonly abortId: string;
  readonly serverId: string;
  /** The callback that waits for the proof of stop. */
  readonly token: string;
  /** Whether the wait for the drain has timed out. */
  readonly timedOut: boolean;
};

/**
 * Asks ECS to stop the server's container; the callback waits until the stop is proven. If two aborts name one server,
 * it is stopped once: the later abort joins. Missed heartbeats are no proof of death: the server drains on until its
 * deadline, unless ECS or the reaper has found it dead. `onDeadline` is called once the stop of a server at its
 * deadline is requested. A repeat does no harm.
 * @throws Refusal NotFound; PlanChanged if the server would be stopped while it runs a task that the confirmed plan did
 * not show
 */
export async function stopServer({ abortId, serverId, token, timedOut }: Stop, onDeadline: () => void): Promise<void> {
  const now = new Date().toISOString();
  const why = timedOut ? await whyTimedOut(serverId, now) : 'Drained';
  if (why === 'StillDraining') return fail([token], why);
  const deadlineReached = why === 'DeadlineReached';
  if (deadlineReached) await checkBystanders(abortId, serverId);
  const stopping = await requestStop(serverId, { abortId, token, now, deadlineReached });
  if (!stopping) return join({ abortId, serverId, token });
  if (deadlineReached) onDeadline();
  await noteRestarting(abortId);
  await stopContainer(stopping, `Lastcall: abort ${abortId}`);
  await noteStopAccepted(serverId, new Date().toISOString());
}

/** Waits for a stop that another party caused, or fails the callback if the abort was withdrawn from the server. */
async function join({ abortId, serverId, token }: Omit<Stop, 'timedOut'>): Promise<void> {
  const server = await getServer(serverId);
  if (!server.drainAborts?.has(abortId)) return fail([token], 'Withdrawn');
  await noteRestarting(abortId);
  // Lost: the reaper stops it and brings the proof. Stopped: there is nothing to wait for.
  if (!(await awaitStop(serverId, token))) await succeed([token]);
}

/**
 * A drain times out at its deadline, or if heartbeats do not arrive at Step Functions: perhaps those of a live server
 * whose store or whose machine stands still.
 */
async function whyTimedOut(serverId: string, now: string): Promise<'DeadlineReached' | 'PastDrain' | 'StillDraining'> {
  const server = await getServer(serverId);
  if (server.status !== 'Draining') return 'PastDrain';
  const leftMs = Date.parse(server.drainDeadline ?? now) - Date.parse(now);
  return leftMs <= DEADLINE_TOLERANCE_MS ? 'DeadlineReached' : 'StillDraining';
}
