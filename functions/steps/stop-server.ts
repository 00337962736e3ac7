import { z } from 'zod';
import { stopServer } from '#engine/servers/stop-server';
import { publish } from '#functions/metrics';

const inputSchema = z.object({
  abortId: z.string(),
  serverId: z.string(),
  token: z.string(),
  timedOut: z.boolean(),
});

/** State `StopServer` of `abort-job`: has ECS stop the server's container; the state waits until the stop is proven. */
export async function handler(event: unknown): Promise<void> {
  const wasDeadline = await stopServer(inputSchema.parse(event));
  if (wasDeadline) publish({ DrainDeadlines: 1 });
}
