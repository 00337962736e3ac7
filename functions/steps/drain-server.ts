import { z } from 'zod';
import { drainServer } from '#engine/servers/drain-server';

const inputSchema = z.object({ abortId: z.string(), serverId: z.string(), token: z.string() });

/** State `DrainServer` of `abort-job`: waits until the draining server runs nothing in Executing. Running it again leaves another callback. */
export async function handler(event: unknown): Promise<void> {
  await drainServer(inputSchema.parse(event));
}
