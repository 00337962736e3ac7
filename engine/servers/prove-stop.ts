import { MAX_REASON_CHARACTERS } from '#domain/limits';
import { SERVER_CONTAINER, type Server } from '#domain/servers/server';
import type { StopProof } from '#engine/aws/containers';
import { expiryOf } from '#store/expiry';
import { findServer, moveServer } from '#store/servers';

/**
 * Records the proof that a server's container has stopped: the fence. What follows is `afterStop`, for a repeat too.
 * Returns the server's record, with the first proof of its stop; undefined if it never registered. 2 WCU; 1 RCU more
 * for a repeat.
 * @throws MalformedRecord
 */
export async function proveStop(
  serverId: string,
  { stoppedAt, stopCode, stoppedReason, containers }: StopProof,
): Promise<Server | undefined> {
  const container = containers.find(({ name }) => name === SERVER_CONTAINER);
  // ECS says of the task why it stopped, and of the container what befell it, such as a full memory.
  const words = [...new Set([stoppedReason, container?.reason])].filter(Boolean).join('; ');
  // DynamoDB refuses half of a surrogate pair, which a cut can leave.
  const stopReason = words === '' ? undefined : words.slice(0, MAX_REASON_CHARACTERS).toWellFormed();
  const proof = { stoppedAt, exitCode: container?.exitCode, stopCode, stopReason, expiresAt: expiryOf(stoppedAt) };
  return (await moveServer(serverId, 'proveStopped', proof)) ?? findServer(serverId);
}
