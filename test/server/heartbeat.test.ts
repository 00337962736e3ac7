/** The heartbeat of a server, with a real store. */
import { afterAll, expect, test } from '@jest/globals';
import { Executor } from '#server/execution/executor';
import { Heart } from '#server/heartbeat';
import { getServer, orderCancel, orderStops } from '#store/servers';
import { eventually } from '#test/support/flows/system';
import { quietAttempts } from '#test/support/server/attempts';
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
    attempts: quietAttempts(executor),
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

test('While something runs, a cancel and an abort are heard long before the next heartbeat', async () => {
  const { serverId } = await startServer();
  const heard: string[] = [];
  const attempts = {
    count: 1,
    tellCancelled: (order: string) => void heard.push(order),
    stop: (claimId: string) => void heard.push(claimId),
  };
  const onFirstBeat = Promise.withResolvers<unknown>();
  const { heart, end } = heartOf(serverId, { heartbeatMs: 600_000, attempts, onRecord: onFirstBeat.resolve });
  const beating = heart.run();
  await onFirstBeat.promise;
  await orderCancel(serverId, { jobId: 'job', run: 1 });
  await eventually(() => heard.includes('job#1'));
  await orderStops(serverId, ['claim#abort']);
  await eventually(() => heard.includes('claim'));
  // A look takes no order out of the record: it is for the heartbeats to do that.
  expect(await getServer(serverId)).toMatchObject({ cancelOrders: new Set(['job#1']) });
  end.abort();
  await beating;
});

function laterThan(since: string, { heartbeatAt }: { heartbeatAt: string }): string | undefined {
  return heartbeatAt > since ? heartbeatAt : undefined;
}
