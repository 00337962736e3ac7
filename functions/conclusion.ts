/** What the proof that a container has stopped leads to, whoever brings it. */
import { drainCallbacks } from '#store/draining';
import { findServer } from '#store/servers';
import { recordStop } from '#store/stopping';
import { succeed } from './callbacks.ts';
import type { StopProof } from './containers.ts';

/**
 * Records the proof, settles what the server held, and has the workflows go on that wait for it. False when no such server ever
 * registered. Repeating it does no harm and completes what was cut off.
 */
export async function concludeStop(serverId: string, proof: StopProof): Promise<boolean> {
  if (!(await recordStop(serverId, proof))) return false;
  const server = await findServer(serverId);
  if (server) await succeed([...drainCallbacks(server), ...(server.stopTokens ?? [])]);
  return true;
}
