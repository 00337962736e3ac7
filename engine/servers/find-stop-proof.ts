import { describeStop } from '#engine/aws/containers';
import { getServer } from '#store/servers';
import { proveStop } from './prove-stop.ts';

/**
 * Asks ECS itself whether the server's container has stopped, in case its event was lost. True if the stop is proven
 * now.
 * @throws Refusal NotFound
 * @throws Contended like `proveStop`
 */
export async function findStopProof(serverId: string): Promise<boolean> {
  const server = await getServer(serverId);
  if (server.status === 'Stopped') return true;
  const proof = await describeStop(server);
  return proof !== undefined && (await proveStop(serverId, proof));
}
