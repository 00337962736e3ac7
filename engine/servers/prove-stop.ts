import { MAX_REASON_CHARACTERS } from '#domain/limits';
import { drainCallbacks, SERVER_CONTAINER } from '#domain/servers/server';
import { succeed } from '#engine/aws/callbacks';
import type { StopProof } from '#engine/aws/containers';
import { expiryOf } from '#store/expiry';
import { findServer, moveServer } from '#store/servers';
import { noteReplacementOf } from './note-replacement.ts';
import { settleServer } from './settle-server.ts';

/**
 * Records the proof that a server's container has stopped, settles what the server held, and lets the workflows that
 * wait for it continue. In this order, because the record is the fence. False if the server never registered. Repeating
 * it completes what was cut off.
 * @throws Contended like `settleServer`
 */
export async function proveStop(
  serverId: string,
  { stoppedAt, stopCode, stoppedReason, containers }: StopProof,
): Promise<boolean> {
  const container = containers.find(({ name }) => name === SERVER_CONTAINER);
  // ECS says of the task why it stopped, and of the container what befell it, such as a full memory.
  const words = [...new Set([stoppedReason, container?.reason])].filter(Boolean).join('; ');
  // DynamoDB refuses half of a surrogate pair, which a cut can leave.
  const stopReason = words === '' ? undefined : words.slice(0, MAX_REASON_CHARACTERS).toWellFormed();
  const proof = { stoppedAt, exitCode: container?.exitCode, stopCode, stopReason, expiresAt: expiryOf(stoppedAt) };
  const stopped = (await moveServer(serverId, 'proveStopped', proof)) ?? (await findServer(serverId));
  if (!stopped) return false;
  if (stopped.settledAt === undefined) await settleServer(stopped);
  const server = await findServer(serverId);
  if (!server) return true;
  await succeed([...drainCallbacks(server), ...(server.stopTokens ?? [])]);
  await noteReplacementOf(server);
  return true;
}
