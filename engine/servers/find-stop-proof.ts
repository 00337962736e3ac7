import { MISSING_PROOF_SECONDS } from '#domain/limits';
import type { Server } from '#domain/servers/server';
import { afterStop } from '#engine/after-stop';
import { describeStop, type StopProof } from '#engine/aws/containers';
import { type Change, guardedWrite } from '#store/dynamodb/guarded-write';
import { getServer } from '#store/servers';
import { proveStop } from './prove-stop.ts';

/**
 * Asks ECS itself whether the server's container has stopped, in case its event was lost. True if the stop is proven
 * now. That ECS does not know the container is a proof if it says so again `MISSING_PROOF_SECONDS` later. 1 RCU, and 1
 * WCU when ECS first does not know it.
 * @throws Refusal NotFound
 * @throws Contended like `afterStop`
 */
export async function findStopProof(serverId: string): Promise<boolean> {
  const server = await getServer(serverId);
  if (server.status === 'Stopped') return true;
  const seen = await describeStop(server);
  if (seen === 'MISSING') return proveMissing(server);
  if (server.missingAt !== undefined) await noteMissing(serverId, { remove: ['missingAt'] });
  return seen !== undefined && (await prove(serverId, seen));
}

async function proveMissing({ serverId, missingAt }: Server): Promise<boolean> {
  const now = new Date();
  if (missingAt === undefined) {
    await noteMissing(serverId, { setOnce: { missingAt: now.toISOString() } });
    return false;
  }
  const isLongAgo = now.getTime() - Date.parse(missingAt) >= MISSING_PROOF_SECONDS * 1000;
  return isLongAgo && (await prove(serverId, { stoppedAt: now.toISOString(), containers: [] }));
}

async function prove(serverId: string, proof: StopProof): Promise<boolean> {
  const stopped = await proveStop(serverId, proof);
  if (stopped) await afterStop(stopped);
  return stopped !== undefined;
}

async function noteMissing(serverId: string, change: Pick<Change, 'setOnce' | 'remove'>): Promise<void> {
  const when = [{ attribute: 'serverId', exists: true }];
  await guardedWrite({ table: 'servers', key: { serverId }, ...change, when });
}
