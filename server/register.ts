import type { Server } from '#domain/servers/server';
import { noteReplacement } from '#engine/servers/note-replacement';
import { registerServer } from '#store/servers';
import { ServerIdUsed } from './errors.ts';

/**
 * Writes the record of a server that starts, and notes which stopped server it replaces.
 * @throws ServerIdUsed if a server with this id has registered before
 */
export async function register(
  server: Pick<Server, 'serverId' | 'containerArn' | 'batchGroups' | 'slots' | 'handlers'>,
): Promise<void> {
  const now = new Date().toISOString();
  const registered = await registerServer({ ...server, status: 'Active', startedAt: now, heartbeatAt: now });
  if (!registered) throw new ServerIdUsed(server.serverId);
  await noteReplacement(server.serverId, now);
}
