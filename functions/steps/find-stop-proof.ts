import { z } from 'zod';
import { findStopProof } from '#engine/aws/containers';
import { proveStop } from '#engine/servers/prove-stop';
import { getServer } from '#store/servers';

const inputSchema = z.object({ serverId: z.string() });

/** Thrown while the container has not stopped; the workflow's `Retry` waits and asks again. */
class NotStopped extends Error {
  override readonly name = 'NotStopped';
}

/** State `FindStopProof` of `abort-job`: asks ECS itself, when its event did not come. Running it again does no harm. */
export async function handler(event: unknown): Promise<void> {
  const server = await getServer(inputSchema.parse(event).serverId);
  if (server.status === 'Stopped') return;
  const proof = await findStopProof(server);
  if (!proof) throw new NotStopped(`The container of server ${server.serverId} has not stopped yet.`);
  await proveStop(server.serverId, proof);
}
