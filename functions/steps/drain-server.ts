import { z } from 'zod';
import { fail, succeed } from '#engine/aws/callbacks';
import { awaitDrain } from '#engine/servers/drain-server';
import { getServer } from '#store/servers';

const inputSchema = z.object({ abortId: z.string(), serverId: z.string(), token: z.string() });

/**
 * State `DrainServer` of `abort-job`: leaves the callback with the draining server, which answers it the moment it runs nothing in Executing.
 * A server that is past its drain already, or was withdrawn from the abort, is answered for at once. Running it again leaves another callback.
 */
export async function handler(event: unknown): Promise<void> {
  const { abortId, serverId, token } = inputSchema.parse(event);
  if (await awaitDrain(serverId, { abortId, token })) return;
  const server = await getServer(serverId);
  if (server.drainAborts?.has(abortId)) await succeed([token]);
  else await fail([token], 'Withdrawn');
}
