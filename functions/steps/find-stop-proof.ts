import { z } from 'zod';
import { findStopProof } from '#engine/servers/find-stop-proof';

const inputSchema = z.object({ serverId: z.string() });

/** Thrown while the container has not stopped; the workflow's `Retry` waits and asks again. */
class NotStopped extends Error {
  override readonly name = 'NotStopped';
}

/** State `FindStopProof` of `abort-job`: asks ECS itself if its event did not come. Running it again does no harm. */
export async function handler(event: unknown): Promise<void> {
  const { serverId } = inputSchema.parse(event);
  if (!(await findStopProof(serverId)))
    throw new NotStopped(`The container of server ${serverId} has not stopped yet.`);
}
