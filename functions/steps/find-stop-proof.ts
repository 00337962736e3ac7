import { findStopProof } from '#engine/aws/containers';
import { proveStop } from '#engine/servers/prove-stop';
import { step } from '#functions/middleware/base';
import { getServer } from '#store/servers';

/** Thrown while the container has not stopped; the workflow's `Retry` waits and asks again. */
class NotStopped extends Error {
  override readonly name = 'NotStopped';
}

/** State `FindStopProof` of `abort-job`: asks ECS itself, if its event did not arrive. Idempotent. */
export const handler = step('find-stop-proof', async ({ serverId }) => {
  const server = await getServer(serverId);
  if (server.status === 'Stopped') return;
  const proof = await findStopProof(server);
  if (!proof) throw new NotStopped(`The container of server ${serverId} has not stopped yet.`);
  await proveStop(serverId, proof);
});
