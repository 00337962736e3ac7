import { drainCallbacks, SERVER_CONTAINER } from '#domain/servers/server';
import { succeed } from '#engine/aws/callbacks';
import type { StopProof } from '#engine/aws/containers';
import { expiryOf } from '#store/expiry';
import { findServer, moveServer } from '#store/servers';
import { settleServer } from './settle-server.ts';

/**
 * Records the proof that a server's container has stopped, settles what the server held, and lets the workflows that
 * wait for it continue. In this order, because the record is the fence. False if the server never registered. Repeating
 * it completes what was cut off.
 * @throws Contended like `settleServer`
 */
export async function proveStop(serverId: string, { stoppedAt, containers }: StopProof): Promise<boolean> {
  const exitCode = containers.find(({ name }) => name === SERVER_CONTAINER)?.exitCode;
  const proof = { stoppedAt, exitCode, expiresAt: expiryOf(stoppedAt) };
  const stopped = (await moveServer(serverId, 'proveStopped', proof)) ?? (await findServer(serverId));
  if (!stopped) return false;
  if (stopped.settledAt === undefined) await settleServer(stopped);
  const server = await findServer(serverId);
  if (server) await succeed([...drainCallbacks(server), ...(server.stopTokens ?? [])]);
  return true;
}
