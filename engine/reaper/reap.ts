/** The reaper: ends what no other party ends. */
import { setTimeout as sleep } from 'node:timers/promises';
import { MISSED_HEARTBEATS } from '#domain/limits';
import type { Measured } from '#domain/measures';
import { isAlive, type Server } from '#domain/servers/server';
import { stopContainer } from '#engine/aws/containers';
import { findStopProof } from '#engine/servers/find-stop-proof';
import { scaleFleet } from '#engine/servers/scale-fleet';
import { closeServer, settleLate, settleServer } from '#engine/servers/settle-server';
import { settings } from '#engine/settings';
import type { BoundedWork } from './bounded-work.ts';
import { lookAtServers } from './look-at-servers.ts';
import { lookAtService } from './look-at-service.ts';
import { reapAborts, reapDrain } from './reap-aborts.ts';
import { reapFleet } from './reap-fleet.ts';
import { reapJobs } from './reap-jobs.ts';

/**
 * How long after the first settlement a claim in flight can still land. AWS takes requests within five minutes of their
 * time stamp (IAM user guide, "AWS Signature Version 4 for API requests"); clocks may differ.
 */
const CLOSE_AFTER_SECONDS = 6 * 60;

type Reaper = {
  readonly boundedWork: BoundedWork;
  /** Publishes what the reaper has measured. */
  publish(values: Measured): void;
};

/**
 * Fences lost servers, proves their stop and settles them; completes jobs and aborts that a crash left half done. Each
 * part is idempotent and goes on where a previous call was cut off.
 */
export async function reap({ boundedWork, publish }: Reaper): Promise<void> {
  const servers = await lookAtServers(publish);
  const jobsAreDone = new AbortController();
  const reapAllJobs = boundedWork.do('jobs', () => reapDemand(servers, { boundedWork, publish }));
  // In parallel, so that slow work on one side takes no time from the other.
  await Promise.all([
    reapAllJobs.finally(() => jobsAreDone.abort()),
    reapServers(servers, boundedWork)
      .then(() => boundedWork.do('aborts', () => reapAborts(boundedWork)))
      .then(() => boundedWork.do('servers again', () => lookOn({ boundedWork, publish }, jobsAreDone.signal))),
  ]);
}

/** While the fleet sleeps and nothing waits, nothing is published: a measure without values costs nothing. */
async function reapDemand(servers: readonly Server[], { boundedWork, publish }: Reaper): Promise<void> {
  const living = servers.filter(isAlive);
  const service = await lookAtService(living, { boundedWork, publish });
  const { wakingTasks: tasks, ...backlog } = await reapJobs(boundedWork, { publish });
  const live = living.length;
  const isQuiet = live === 0 && Object.values(backlog).every((value) => value === 0);
  if (!isQuiet || settings().wakeServers === 0) publish(backlog);
  if (live === 0 && tasks > 0) publish({ UnservedTasks: tasks });
  const starts = servers.map(({ startedAt }) => startedAt).sort();
  await reapFleet({ live, startedAt: starts.at(-1), tasks });
  if (service) await scaleFleet(living, service, { ready: tasks, now: new Date().toISOString() });
}

/** While the jobs take long, looks at the servers once in a lease: looks that are far apart prove nothing. */
async function lookOn({ boundedWork, publish }: Reaper, enough: AbortSignal): Promise<void> {
  const leaseMs = MISSED_HEARTBEATS * settings().heartbeatSeconds * 1000;
  while (await hasPassed(leaseMs, enough)) await reapServers(await lookAtServers(publish), boundedWork);
}

/** False if the signal comes first. */
async function hasPassed(ms: number, signal: AbortSignal): Promise<boolean> {
  return await sleep(ms, true, { signal }).catch(() => false);
}

/** Those that are settled come last: there may be many, and it hardly ever finds anything. */
async function reapServers(servers: readonly Server[], boundedWork: BoundedWork): Promise<void> {
  const isSettled = ({ settledAt }: Server) => settledAt !== undefined;
  const inOrder = [...servers.filter((server) => !isSettled(server)), ...servers.filter(isSettled)];
  for (const server of inOrder) await boundedWork.doInTime(`server ${server.serverId}`, () => reapServer(server));
}

async function reapServer(server: Server): Promise<void> {
  if (server.status === 'Stopped') return settleAgain(server);
  if (isAlive(server)) return server.status === 'Active' ? undefined : reapDrain(server);
  await stopContainer(server, 'Lastcall: no heartbeat');
  await findStopProof(server.serverId);
}

async function settleAgain(server: Server): Promise<void> {
  if (server.settledAt === undefined) return settleServer(server);
  const settledSeconds = (Date.now() - Date.parse(server.settledAt)) / 1000;
  if (server.closedAt !== undefined) return;
  await (settledSeconds > CLOSE_AFTER_SECONDS ? closeServer(server) : settleLate(server));
}
