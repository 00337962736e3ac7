/** The reaper: ends what no other party ends. */
import type { Measured } from '#domain/measures';
import { isAlive, isSilent, type Server } from '#domain/servers/server';
import { describeStop, stopContainer } from '#engine/aws/containers';
import { declareLost } from '#engine/servers/declare-lost';
import { proveStop } from '#engine/servers/prove-stop';
import { closeServer, settleServer } from '#engine/servers/settle-server';
import { settings } from '#engine/settings';
import { listServers } from '#store/reads/list-servers';
import { reapAborts, reapDrain } from './reap-aborts.ts';
import { reapJobs } from './reap-jobs.ts';
import type { TimedWork } from './timed-work.ts';

/** How long after the first settlement a claim in flight can still land: longer than any request is retried. */
const CLOSE_AFTER_SECONDS = 60;

type Reaper = {
  readonly timedWork: TimedWork;
  /** Publishes what the reaper has measured. */
  publish(values: Measured): void;
};

/**
 * Fences lost servers, proves their stop and settles them; completes jobs and aborts that a crash left half done. Each
 * part is idempotent and goes on where a previous call was cut off.
 */
export async function reap(reaper: Reaper): Promise<void> {
  const { timedWork, publish } = reaper;
  const servers = await listServers();
  publish({ LiveServers: servers.filter((server) => isAlive(server) && !isLapsed(server)).length });
  // In parallel, so that slow work on one side takes no time from the other.
  await Promise.all([
    reapServers(servers, reaper).then(() => timedWork.do('aborts', () => reapAborts(timedWork))),
    timedWork.do('jobs', async () => publish(await reapJobs(timedWork, { publish }))),
  ]);
}

async function reapServers(servers: readonly Server[], { timedWork, publish }: Reaper): Promise<void> {
  for (const server of servers)
    await timedWork.doInTime(`server ${server.serverId}`, () => reapServer(server, publish));
}

async function reapServer(server: Server, publish: Reaper['publish']): Promise<void> {
  if (server.status === 'Stopped') return settleAgain(server);
  if (isAlive(server) && !isLapsed(server)) return server.status === 'Active' ? undefined : reapDrain(server);
  if (isAlive(server)) {
    if (!(await declareLost(server, new Date().toISOString()))) return;
    publish({ LostServers: 1 });
  }
  await stopContainer(server, 'Lastcall: no heartbeat');
  const proof = await describeStop(server);
  if (proof) await proveStop(server.serverId, proof);
}

async function settleAgain(server: Server): Promise<void> {
  if (server.settledAt === undefined) return settleServer(server);
  const settledSeconds = (Date.now() - Date.parse(server.settledAt)) / 1000;
  if (server.closedAt === undefined && settledSeconds > CLOSE_AFTER_SECONDS) await closeServer(server);
}

function isLapsed(server: Server): boolean {
  return isSilent(server, { now: new Date().toISOString(), heartbeatSeconds: settings().heartbeatSeconds });
}
