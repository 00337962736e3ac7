/** What the reaper does for a fleet that may sleep: keeps its state true, and wakes it when tasks wait. */
import { wakeFleet } from '#engine/servers/wake-fleet';
import { settings } from '#engine/settings';
import { findFleet, noteAsleep, noteAwake } from '#store/fleet/fleet-sleep';
import { lastClosedStart } from '#store/fleet/live-servers';

/** A server that ECS starts has registered by then, as a rule. A later one does no harm. */
const START_SECONDS = 180;

/** The fleet as the reaper has seen it. */
type SeenFleet = {
  /** How many servers live. */
  readonly live: number;
  /** When the newest of the servers that are not closed started, also if it has stopped since. */
  readonly startedAt?: string | undefined;
  /** How many tasks wait for a server, or will within a minute. */
  readonly tasks: number;
};

/**
 * Notes that the fleet sleeps when its last server has gone, or none has come, and wakes it for waiting tasks: at a
 * start time, after a crash, and after a refusal of ECS. 1 RCU, 0.5 more while it wakes, and 1 to 3 WCU for a change;
 * nothing if the servers never sleep.
 * @throws the SDK's error if ECS refuses
 */
export async function reapFleet(seen: SeenFleet, now = new Date()): Promise<void> {
  if (settings().wakeServers === 0) return;
  const { wokenAt, ...fleet } = await findFleet();
  if (seen.live > 0) return wokenAt === undefined ? noteAwake(now.toISOString()) : undefined;
  if (wokenAt !== undefined && (await hasEnded(wokenAt, seen, now))) await noteAsleep({ wokenAt, ...fleet });
  if (seen.tasks > 0) await wakeFleet(seen.tasks, now);
}

/** No server lives: those that came after the wake have gone, or none has come in time. */
async function hasEnded(wokenAt: string, { startedAt = '' }: SeenFleet, now: Date): Promise<boolean> {
  if (startedAt > wokenAt || Date.parse(wokenAt) + START_SECONDS * 1000 < now.getTime()) return true;
  return ((await lastClosedStart()) ?? '') > wokenAt;
}
