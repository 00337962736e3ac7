import { drainCallbacks, type Server } from '#domain/servers/server';
import { succeed } from '#engine/aws/callbacks';
import { findServer } from '#store/servers';
import { noteReplacementOf } from './servers/note-replacement.ts';
import { settleServer } from './servers/settle-server.ts';

/**
 * Follows the proof that a server has stopped: settles what it held, lets the workflows that wait for its stop
 * continue, and notes which server replaced it. Repeating it completes what was cut off. `stopped` is what
 * `proveStop` returned.
 * @throws Contended like `settleServer`
 */
export async function afterStop(stopped: Server): Promise<void> {
  if (stopped.settledAt === undefined) await settleServer(stopped);
  // Read again: a workflow may have left its callback meanwhile.
  const server = await findServer(stopped.serverId);
  if (!server) return;
  await succeed([...drainCallbacks(server), ...(server.stopTokens ?? [])]);
  await noteReplacementOf(server);
}
