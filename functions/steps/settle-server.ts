import { z } from 'zod';
import { settleServer } from '#engine/servers/settle-server';
import { getServer } from '#store/servers';

const inputSchema = z.object({ serverId: z.string() });

/** State `SettleServer` of `abort-job`: settles what the stopped server held, unless its proof of stop has led to that already. */
export async function handler(event: unknown): Promise<void> {
  const server = await getServer(inputSchema.parse(event).serverId);
  if (server.settledAt === undefined) await settleServer(server);
}
