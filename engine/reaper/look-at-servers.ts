import type { Measured } from '#domain/measures';
import { isAlive, isSilent, type Server } from '#domain/servers/server';
import { isInTime, judge, lookOf } from '#domain/servers/silence';
import { declareLost } from '#engine/servers/declare-lost';
import { settings } from '#engine/settings';
import { readOpenServers } from '#store/fleet/live-servers';
import { findLook, keepLook } from '#store/reaper-rounds';

/**
 * Looks at all servers that are not closed, and declares those lost whose silence is proven by this look and those
 * before it. Returns them. If the process dies in between, the next look proves as much. The cost of `readOpenServers`,
 * 1 RCU and 1 WCU; 1 WCU more for about 10 late servers, and for each lost one.
 */
export async function lookAtServers(publish: (values: Measured) => void): Promise<Server[]> {
  const { heartbeatSeconds } = settings();
  const from = now();
  const kept = await findLook();
  const servers = await readOpenServers();
  const reading = { servers, from, to: now(), heartbeatSeconds };
  const look = lookOf(reading, kept.look);
  // Its own write may have had to wait as well, and then so had the servers' heartbeats.
  const isGood = (await keepLook(look, kept)) && isInTime({ from, to: now(), heartbeatSeconds });
  const { lost, heldBack } = isGood ? judge(look, reading) : { lost: [], heldBack: [] };
  const live = servers.filter((server) => isAlive(server) && !isSilent(server, { now: from, heartbeatSeconds }));
  // While the fleet sleeps, nothing is published: a measure without values costs nothing.
  if (servers.some(isAlive) || settings().wakeServers === 0)
    publish({ LiveServers: live.length, ServersHeldBack: heldBack.length });
  return [...servers.filter((server) => !lost.includes(server)), ...(await declareEach(lost, publish))];
}

async function declareEach(lost: readonly Server[], publish: (values: Measured) => void): Promise<Server[]> {
  const declared: Server[] = [];
  for (const server of lost) {
    // It has sent a heartbeat after all.
    if (!(await declareLost(server, now()))) continue;
    publish({ LostServers: 1 });
    declared.push({ ...server, status: 'Lost' });
  }
  return declared;
}

function now(): string {
  return new Date().toISOString();
}
