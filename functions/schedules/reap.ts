import { isAlive, isSilent, type Server } from '#domain/server';
import { attempt, attemptInTime } from '#functions/attempts';
import { configuration } from '#functions/configuration';
import { findStopProof, stopContainer } from '#functions/containers';
import { publish } from '#functions/metrics';
import { reapAborts, reapDrain } from '#functions/reaping';
import { reapJobs } from '#functions/reaping-jobs';
import { proveStop } from '#functions/stop-proof';
import { declareLost, listServers } from '#store/servers';
import { closeStopped, settleStopped } from '#store/stopping';

/** How long after the first settlement a claim that was in flight can still land: longer than any request is tried. */
const CLOSE_AFTER_SECONDS = 60;

/**
 * Brings to an end what nobody else does: servers that are lost are fenced, proven stopped and settled; jobs and aborts that a crash
 * left half done are completed. Each part is idempotent and goes on where a run before was cut off.
 */
export async function handler(): Promise<void> {
  const servers = await listServers();
  publish({ LiveServers: servers.filter((server) => isAlive(server) && !isLapsed(server)).length });
  // Beside each other, so that what takes long on one side takes no time from the other.
  await Promise.all([
    reapServers(servers).then(() => attempt('aborts', reapAborts)),
    attempt('jobs', async () => publish(await reapJobs())),
  ]);
}

async function reapServers(servers: readonly Server[]): Promise<void> {
  for (const server of servers) await attemptInTime(`server ${server.serverId}`, () => reapServer(server));
}

async function reapServer(server: Server): Promise<void> {
  if (server.status === 'Stopped') return settleAgain(server);
  if (isAlive(server) && !isLapsed(server)) return server.status === 'Active' ? undefined : reapDrain(server);
  if (isAlive(server)) {
    if (!(await declareLost(server, new Date().toISOString()))) return;
    publish({ LostServers: 1 });
  }
  await stopContainer(server, 'Lastcall: no heartbeat');
  const proof = await findStopProof(server);
  if (proof) await proveStop(server.serverId, proof);
}

async function settleAgain(server: Server): Promise<void> {
  if (server.settledAt === undefined) return settleStopped(server);
  const settledSeconds = (Date.now() - Date.parse(server.settledAt)) / 1000;
  if (server.closedAt === undefined && settledSeconds > CLOSE_AFTER_SECONDS) await closeStopped(server);
}

function isLapsed(server: Server): boolean {
  return isSilent(server, { now: new Date().toISOString(), heartbeatSeconds: configuration.heartbeatSeconds });
}
