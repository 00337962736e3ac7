import { findStopProof } from '#engine/servers/find-stop-proof';
import { step } from '#functions/middleware/base';

/** Thrown while the container has not stopped; the workflow's `Retry` waits and asks again. */
class NotStopped extends Error {
  override readonly name = 'NotStopped';
}

/** State `FindStopProof` of `abort-job`: asks ECS itself, if its event did not arrive. Idempotent. */
export const handler = step('find-stop-proof', async ({ serverId }) => {
  if (!(await findStopProof(serverId)))
    throw new NotStopped(`The container of server ${serverId} has not stopped yet.`);
});
