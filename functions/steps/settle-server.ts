import { z } from 'zod';
import { settleStopped } from '#engine/servers/record-stop';
import { getServer } from '#store/servers';

const inputSchema = z.object({ serverId: z.string() });

/** State `SettleServer` of `abort-job`: settles what the stopped server held, unless its proof of stop has led to that already. */
export async function handler(event: unknown): Promise<void> {
  const server = await getServer(inputSchema.parse(event).serverId);
  if (server.status !== 'Stopped')
    throw new Error(`Server ${server.serverId} is ${server.status}: nothing of it may be settled.`);
  if (server.settledAt === undefined) await settleStopped(server);
}
