import { isAlive, isSilent, type Server } from '#domain/servers/server';
import { settings } from '#engine/settings';
import { listServers } from '#store/reads/list-servers';

/** The servers that heartbeat: they run tasks, or could. The cost of `listServers`. */
export async function liveServers(now: string): Promise<Server[]> {
  const at = { now, heartbeatSeconds: settings().heartbeatSeconds };
  return (await listServers()).filter((server) => isAlive(server) && !isSilent(server, at));
}
