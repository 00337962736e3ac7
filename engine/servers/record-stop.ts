/** The end of a server: its stop is recorded as proven, then what it held is settled. In this order: the record is the fence. */
import { STOPPED_SERVER_KEPT_SECONDS } from '#domain/limits';
import type { Server } from '#domain/servers/server';
import type { StopCause } from '#domain/tasks/settlement';
import { expiryOf } from '#store/expiry';
import { findServer, moveServer, noteOnServer } from '#store/servers';
import { settleServer } from './settle-server.ts';

/**
 * Records the proof that a server's container has stopped and settles what it held; false when no such server ever registered.
 * Repeating it does no harm and completes what was cut off.
 */
export async function recordStop(
  serverId: string,
  proof: { stoppedAt: string; exitCode?: number | undefined },
): Promise<boolean> {
  const stopped =
    (await moveServer(serverId, 'proveStopped', { ...proof, expiresAt: expiryOf(proof.stoppedAt) })) ??
    (await findServer(serverId));
  if (!stopped) return false;
  if (stopped.settledAt === undefined) await settleStopped(stopped);
  return true;
}

/** Settles what a server held whose stop is proven. */
export async function settleStopped(server: Server): Promise<void> {
  await settleServer(server.serverId, { cause: causeOf(server), abortId: server.abortId });
  await noteOnServer(server.serverId, { settledAt: new Date().toISOString() });
}

/** The second settlement: for a claim that was in flight when the server stopped and landed after the first one. */
export async function closeStopped(server: Server): Promise<void> {
  await settleServer(server.serverId, { cause: causeOf(server), abortId: server.abortId });
  await noteOnServer(server.serverId, { closedAt: new Date().toISOString(), ...shorterLife(server) });
}

/** What an abort has restarted is its proof and kept as long; who looks at all servers need not read the others for months. */
function shorterLife({ abortId, stoppedAt }: Server): { expiresAt?: number } {
  if (abortId !== undefined || stoppedAt === undefined) return {};
  return {
    expiresAt: Math.min(expiryOf(stoppedAt), Math.ceil(Date.parse(stoppedAt) / 1000) + STOPPED_SERVER_KEPT_SECONDS),
  };
}

function causeOf(server: Server): StopCause {
  if (server.abortId !== undefined) return 'ServerRestart';
  return server.exitCode === 0 ? 'ServerStopped' : 'ServerLost';
}
