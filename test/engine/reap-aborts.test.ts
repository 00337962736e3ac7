import { expect, test } from '@jest/globals';
import { reapDrain } from '#engine/reaper/reap-aborts';
import { getServer } from '#store/servers';
import { draining } from '#test/support/functions/aborting';
import { startFunctions } from '#test/support/functions/functions';
import { spoil } from '#test/support/store/malformed';

await startFunctions();

test('A server does not drain for a malformed abort', async () => {
  const { abort, server } = await draining();
  await reapDrain(await getServer(server.serverId));
  expect((await getServer(server.serverId)).status).toBe('Draining');
  await spoil('aborts', { abortId: abort.abortId }, ['mode', 'least']);
  await reapDrain(await getServer(server.serverId));
  expect((await getServer(server.serverId)).status).toBe('Active');
});
