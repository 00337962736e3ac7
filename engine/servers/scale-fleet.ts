import { fleetSize } from '#domain/servers/fleet-size';
import type { Server } from '#domain/servers/server';
import { describeService, type Service, setServers } from '#engine/aws/deployments';
import { settings } from '#engine/settings';

/**
 * Asks ECS for as many servers as what runs and what waits needs. `service` was described before anything was counted:
 * a number that another party has set since is never lowered, because that would undo a wake that was not counted yet.
 * Returns the new number; undefined if there is none, or the fleet is not elastic. 2 calls of ECS, none if it fits.
 * @throws OutOfTime, Throttled and other errors of the SDK if ECS refuses
 */
export async function scaleFleet(
  servers: readonly Server[],
  { desired }: Service,
  { ready, now }: { ready: number; now: string },
): Promise<number | undefined> {
  const { minServers, maxServers, slots } = settings();
  if (minServers === maxServers) return undefined;
  const size = fleetSize(servers, { ready, desired, slots, least: minServers, most: maxServers, now });
  if (size === desired) return undefined;
  const current = (await describeService())?.desired;
  if (current === undefined || (current !== desired && size <= current)) return undefined;
  await setServers(size);
  return size;
}
