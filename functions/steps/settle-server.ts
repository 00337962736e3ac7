import { settleStopped } from '#engine/servers/record-stop';
import { step } from '#functions/middleware/base';
import { getServer } from '#store/servers';

/** State `SettleServer` of `abort-job`: settles what the stopped server held, if its proof of stop has not done so. */
export const handler = step('settle-server', async ({ serverId }) => {
  const server = await getServer(serverId);
  if (server.status !== 'Stopped')
    throw new Error(`Server ${serverId} is ${server.status}: nothing of it may be settled.`);
  if (server.settledAt === undefined) await settleStopped(server);
});
