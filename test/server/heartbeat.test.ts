/** The heartbeat of a server, against a real engine. */
import { afterAll, expect, test } from '@jest/globals';
import { createRuns } from '#server/attempts/attempts';
import { createExecutor } from '#server/execution/executor';
import { createHeart } from '#server/heartbeat';
import { getServer } from '#store/servers';
import { eventually } from '#test/support/flows/system';
import { startStore } from '#test/support/store/engine';
import { startServer } from '#test/support/store/trial';

await startStore();

const executor = await createExecutor({ slots: 1, log: () => {} });
afterAll(executor.close);

test('A server beats on while what follows from a beat does not come to its end; that is not begun again, the rest is', async () => {
  const { serverId, heartbeatAt } = await startServer();
  let [hung, done] = [0, 0];
  let ended = false;
  const heart = createHeart({
    serverId,
    heartbeatMs: 20,
    runs: createRuns(executor, { slotFree: () => {}, recorded: () => {}, finished: () => {} }),
    onRecord: () => {},
    onFenced: () => {},
    afterBeat: [
      () => {
        hung += 1;
        return Promise.withResolvers<void>().promise;
      },
      async () => {
        done += 1;
      },
    ],
  });
  const beating = heart.run(() => ended);
  const first = await eventually(async () => laterThan(heartbeatAt, await getServer(serverId)));
  await eventually(async () => laterThan(first, await getServer(serverId)));
  ended = true;
  await beating;
  expect(hung).toBe(1);
  expect(done).toBeGreaterThan(1);
});

function laterThan(since: string, { heartbeatAt }: { heartbeatAt: string }): string | undefined {
  return heartbeatAt > since ? heartbeatAt : undefined;
}
