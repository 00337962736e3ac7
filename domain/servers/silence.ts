/**
 * Whose silence is a proof of death. The reaper looks at the servers' heartbeats again and again. A pause of the store,
 * of the machine or of the reaper silences every server, so a look that was late or slow begins the proof anew.
 */
import * as z from 'zod';
import { LONGER_PROOF_LEASES, LOOKS_APART_LEASES, LOST_SHARE, MISSED_HEARTBEATS, PROOF_LEASES } from '#domain/limits';
import { isAlive, isLate, type Server } from './server.ts';

const silenceSchema = z.object({
  heartbeatAt: z.string(),
  /** When a look first saw this heartbeat late; since then each look was good, and saw the same one. */
  since: z.string(),
});
export const lookSchema = z.object({
  /** When it began. */
  at: z.string(),
  /** The late servers by their ids. */
  silent: z.record(z.string(), silenceSchema),
});
/** What a look has seen of the servers whose heartbeats are late. */
export type Look = z.infer<typeof lookSchema>;

/** One reading of all servers. */
type Reading = {
  readonly servers: readonly Server[];
  /** When it was asked for, and when it was there. */
  readonly from: string;
  readonly to: string;
  readonly heartbeatSeconds: number;
};

/** Whether the store answered in time, within one heartbeat period. Otherwise the servers had to wait, too. */
export function isInTime({ from, to, heartbeatSeconds }: Omit<Reading, 'servers'>): boolean {
  return msBetween(from, to) <= heartbeatSeconds * 1000;
}

/** The look of this reading. It goes on with the proofs of the previous one if both are good and near each other. */
export function lookOf(reading: Reading, previous: Look | undefined): Look {
  const { servers, from, to, heartbeatSeconds } = reading;
  const before = previous && isInTime(reading) && isNear(previous, reading) ? previous.silent : {};
  const late = servers.filter((server) => isAlive(server) && isLate(server, { now: from, heartbeatSeconds }));
  const silences = late.map(({ serverId, heartbeatAt }) => {
    const known = before[serverId];
    return [serverId, { heartbeatAt, since: known?.heartbeatAt === heartbeatAt ? known.since : to }] as const;
  });
  return { at: from, silent: Object.fromEntries(silences) };
}

/**
 * The servers that the look proves dead: silent for `PROOF_LEASES`. In one lease at most `LOST_SHARE` of the fleet is
 * lost, at least one; the rest is held back until its own turn or the longer proof.
 */
export function judge(look: Look, reading: Reading): { lost: Server[]; heldBack: Server[] } {
  const leaseMs = MISSED_HEARTBEATS * reading.heartbeatSeconds * 1000;
  const silentMs = ({ serverId }: Server) => msBetween(look.silent[serverId]?.since ?? look.at, look.at);
  const silent = reading.servers
    .filter((server) => silentMs(server) >= PROOF_LEASES * leaseMs)
    .sort((one, other) => silentMs(other) - silentMs(one));
  const justLost = reading.servers.filter(({ lostAt }) => lostAt !== undefined && msBetween(lostAt, look.at) < leaseMs);
  const fleet = new Set([...reading.servers.filter(isAlive), ...justLost]).size;
  const room = Math.max(1, Math.floor(fleet * LOST_SHARE)) - justLost.length;
  const mustWait = (server: Server, index: number) => index >= room && silentMs(server) < LONGER_PROOF_LEASES * leaseMs;
  const heldBack = silent.filter(mustWait);
  return { lost: silent.filter((server) => !heldBack.includes(server)), heldBack };
}

function isNear(previous: Look, { to, heartbeatSeconds }: Reading): boolean {
  return msBetween(previous.at, to) <= LOOKS_APART_LEASES * MISSED_HEARTBEATS * heartbeatSeconds * 1000;
}

function msBetween(from: string, to: string): number {
  return Date.parse(to) - Date.parse(from);
}
