import { raiseServers } from '#engine/aws/service';
import { settings } from '#engine/settings';
import { withDeadline } from '#store/dynamodb/deadline';
import { type Fleet, findFleet, noteWoken, takeWake } from '#store/fleet/fleet-sleep';

/** What is left of its caller's act waits for a wake no longer than this. */
const LIMIT_MS = 8_000;
/** Longer than `LIMIT_MS`: the party whose lease is over sends nothing any more. */
const WAKING_SECONDS = 15;

/**
 * Wakes the fleet if it sleeps, with servers for this number of tasks: of all that call at once, one asks ECS. If that
 * one dies or is refused, the next caller after `WAKING_SECONDS` asks again, at the latest the reaper. True if this
 * call has woken it. 1 RCU, and 2 WCU for a wake; nothing if the servers never sleep.
 * @throws OutOfTime after `LIMIT_MS`
 * @throws Throttled and other errors of the SDK if ECS refuses
 */
export async function wakeFleet(tasks: number, now = new Date()): Promise<boolean> {
  return settings().wakeServers > 0 && withDeadline(Date.now() + LIMIT_MS, () => wake(tasks, now));
}

async function wake(tasks: number, now: Date): Promise<boolean> {
  const { wakeServers, slots } = settings();
  const fleet = await findFleet();
  if (!needsWake(fleet, now)) return false;
  const wakingUntil = new Date(now.getTime() + WAKING_SECONDS * 1000).toISOString();
  if (!(await takeWake(fleet, { wokenAt: now.toISOString(), wakingUntil }))) return false;
  await raiseServers(Math.min(wakeServers, Math.max(1, Math.ceil(tasks / slots))));
  await noteWoken({ wakingUntil });
  return true;
}

/** It sleeps, or the party that was waking it has not ended that in time. */
function needsWake({ wokenAt, wakingUntil }: Fleet, now: Date): boolean {
  return wokenAt === undefined || (wakingUntil !== undefined && wakingUntil < now.toISOString());
}
