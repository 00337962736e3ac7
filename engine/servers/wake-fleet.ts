import { raiseServers } from '#engine/aws/service';
import { settings } from '#engine/settings';
import { type Fleet, findFleet, noteWoken, takeWake } from '#store/fleet/fleet';

/** Longer than one party may take for its calls of ECS. */
const WAKING_SECONDS = 10;

/**
 * Wakes the fleet if it sleeps, with servers for this number of tasks: of all that call at once, one asks ECS. If that
 * one dies or is refused, the next caller after `WAKING_SECONDS` asks again, at the latest the reaper. True if this
 * call has woken it. 1 RCU, and 2 WCU for a wake; nothing if the servers never sleep.
 * @throws the SDK's error if ECS refuses
 */
export async function wakeFleet(tasks: number, now = new Date()): Promise<boolean> {
  const { wakeServers, slots } = settings();
  if (wakeServers === 0) return false;
  const fleet = await findFleet();
  if (!needsWake(fleet, now)) return false;
  const wake = {
    wokenAt: now.toISOString(),
    wakingUntil: new Date(now.getTime() + WAKING_SECONDS * 1000).toISOString(),
  };
  if (!(await takeWake(fleet, wake))) return false;
  await raiseServers(Math.min(wakeServers, Math.max(1, Math.ceil(tasks / slots))));
  await noteWoken(wake);
  return true;
}

/** It sleeps, or the party that was waking it has not ended that in time. */
function needsWake({ wokenAt, wakingUntil }: Fleet, now: Date): boolean {
  return wokenAt === undefined || (wakingUntil !== undefined && wakingUntil < now.toISOString());
}
