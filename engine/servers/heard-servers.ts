import { isAlive, isSilent, type Server } from '#domain/servers/server';
import { settings } from '#engine/settings';
import { readLiveServers } from '#store/fleet/live-servers';

/** The servers that heartbeat: they run tasks, or could. The cost of `readLiveServers`, not consistent. */
export async function heardServers(now: string): Promise<Server[]> {
  const at = { now, heartbeatSeconds: settings().heartbeatSeconds };
  return (await readLiveServers({ consistent: false })).filter((server) => isAlive(server) && !isSilent(server, at));
}
