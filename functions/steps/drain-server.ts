import { fail, succeed } from '#engine/aws/callbacks';
import { awaitDrain } from '#engine/servers/drain-server';
import { step } from '#functions/middleware/base';
import { getServer } from '#store/servers';

/**
 * State `DrainServer` of `abort-job`: leaves the callback with the draining server, which answers it as soon as it runs
 * nothing in Executing. After the drain or a withdrawal the step answers at once. Another call leaves another callback.
 */
export const handler = step('drain-server', async ({ abortId, serverId, token }) => {
  if (await awaitDrain(serverId, { abortId, token })) return;
  const server = await getServer(serverId);
  if (server.drainAborts?.has(abortId)) await succeed([token]);
  else await fail([token], 'Withdrawn');
});
