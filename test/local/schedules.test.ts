import { afterEach, expect, jest, test } from '@jest/globals';
import type { CatalogEntry } from '#functions/catalog/catalog';
import { Schedules, stateChangeListener } from '#local/aws/eventbridge/schedules';
import { listenersOf, schedulesOf } from '#local/catalog';

const scheduled = (name: string, everyHeartbeats: number): CatalogEntry => ({
  name,
  calledBy: { schedule: { everyHeartbeats } },
  touches: [],
  timeoutSeconds: 1,
  memoryMb: 512,
});
const listener: CatalogEntry = {
  name: 'prove',
  calledBy: { event: 'ECS Task State Change' },
  touches: [],
  timeoutSeconds: 1,
  memoryMb: 512,
};

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

function start(catalog: CatalogEntry[], invoke: (name: string, event: unknown) => Promise<unknown>) {
  const log = jest.fn<(line: string) => void>();
  const schedules = new Schedules({ schedules: schedulesOf(catalog, 0.02), invoke, log });
  const close = () => schedules.close();
  closing.push(close);
  return { log, close };
}

test('each scheduled function is called once per period with a scheduled event; no other function is called', async () => {
  const calls: string[] = [];
  const enough = Promise.withResolvers<unknown>();
  const startedAt = performance.now();
  start([scheduled('often', 1), scheduled('rarely', 4), listener], async (name, event) => {
    calls.push(name);
    if (name === 'rarely') enough.resolve(event);
  });
  expect(await enough.promise).toMatchObject({ source: 'aws.events', 'detail-type': 'Scheduled Event' });
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(78);
  expect(calls.filter((name) => name === 'often').length).toBeGreaterThanOrEqual(1);
  expect(calls).not.toContain('prove');
});

test('a failed call is logged, and the next one follows', async () => {
  let runs = 0;
  const third = Promise.withResolvers<void>();
  const { log } = start([scheduled('often', 1)], async () => {
    runs += 1;
    if (runs === 3) third.resolve();
    throw new Error('out of order');
  });
  await third.promise;
  expect(log).toHaveBeenCalledWith(expect.stringContaining('The schedule of often failed: Error: out of order'));
});

test('calls do not overlap, and close waits for the one that runs', async () => {
  const severalPeriods = Promise.withResolvers<void>();
  const leave = Promise.withResolvers<void>();
  const runs = { slow: 0, quick: 0, ended: 0 };
  const { close } = start([scheduled('slow', 1), scheduled('quick', 1)], async (name) => {
    if (name === 'slow') {
      runs.slow += 1;
      await leave.promise;
      runs.ended += 1;
    } else {
      runs.quick += 1;
      if (runs.quick === 4) severalPeriods.resolve();
    }
  });
  await severalPeriods.promise;
  const closed = close();
  leave.resolve();
  await closed;
  expect([runs.slow, runs.ended]).toEqual([1, 1]);
});

test('an event of ECS reaches its functions, and a failure rejects', async () => {
  const seen: unknown[] = [];
  const event = { 'detail-type': 'ECS Task State Change' };
  const catalog = [scheduled('often', 1), listener];
  await stateChangeListener(listenersOf(catalog), async (...call) => seen.push(call))(event);
  expect(seen).toEqual([['prove', event]]);
  const failing = stateChangeListener(listenersOf(catalog), () => Promise.reject(new Error('not now')));
  await expect(failing(event)).rejects.toThrow('not now');
});
