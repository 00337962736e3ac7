import { settleServer } from '#engine/servers/settle-server';
import { step } from '#functions/middleware/base';
import { getServer } from '#store/servers';

/** State `SettleServer` of `abort-job`: settles what the stopped server held, if its proof of stop has not done so. */
export const handler = step('settle-server', async ({ serverId }) => {
  const server = await getServer(serverId);
  if (server.settledAt === undefined) await settleServer(server);
});
