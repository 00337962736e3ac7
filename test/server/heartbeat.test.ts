/** The heartbeat of a server, with a real store. */
import { afterAll, expect, test } from '@jest/globals';
import { Attempts } from '#server/attempts/attempts';
import { Executor } from '#server/execution/executor';
import { Heart } from '#server/heartbeat';
import { getServer } from '#store/servers';
import { eventually } from '#test/support/flows/system';
import { startStore } from '#test/support/store/engine';
import { startServer } from '#test/support/store/trial';
import { updateOf } from '#test/support/store/wire';

const wire = await startStore();

const executor = await Executor.open({ slots: 1, log: () => {} });
const ends: AbortController[] = [];
afterAll(async () => {
  for (const end of ends) end.abort();
  await executor.close();
});

function heartOf(serverId: string, more: Partial<ConstructorParameters<typeof Heart>[0]> = {}) {
  const end = new AbortController();
  ends.push(end);
  const serverEnd = end.signal;
  const heart = new Heart({
    serverId,
    heartbeatMs: 20,
    attempts: new Attempts({ executor, serverEnd, onSlotFree() {}, onFinished() {}, onRecorded() {} }),
    serverEnd,
    describe: () => ({ attempts: 0 }),
    onTurn: async () => {},
    onRecord: () => {},
    onFenced: () => {},
    followers: [],
    ...more,
  });
  return { heart, end };
}

test('A follower that never returns is not called again, and delays neither the heartbeat nor the other followers', async () => {
  const { serverId, heartbeatAt } = await startServer();
  let [hung, done] = [0, 0];
  const { heart, end } = heartOf(serverId, {
    followers: [
      () => {
        hung += 1;
        return Promise.withResolvers<void>().promise;
      },
      async () => {
        done += 1;
      },
    ],
  });
  const beating = heart.run();
  const first = await eventually(async () => laterThan(heartbeatAt, await getServer(serverId)));
  await eventually(async () => laterThan(first, await getServer(serverId)));
  end.abort();
  await beating;
  expect(hung).toBe(1);
  expect(done).toBeGreaterThan(1);
});

test('A beat that the store does not answer is given up within a lease, and a new one is sent', async () => {
  const { serverId, heartbeatAt } = await startServer();
  const { heart, end } = heartOf(serverId);
  const lost = wire.hold(updateOf('servers', serverId));
  const beating = heart.run();
  await lost.reached;
  await eventually(async () => laterThan(heartbeatAt, await getServer(serverId)), { limitMs: 3_000 });
  end.abort();
  await beating;
  lost.release();
});

function laterThan(since: string, { heartbeatAt }: { heartbeatAt: string }): string | undefined {
  return heartbeatAt > since ? heartbeatAt : undefined;
}
