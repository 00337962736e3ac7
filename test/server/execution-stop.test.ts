import { once } from 'node:events';
import { watch, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { UNMANAGED_WAIT_MS } from '#server/execution/running-attempt';
import { type Host, openHost, stop, within, writeHandlers } from '#test/support/server/execution-host';

/** By this clock, a timer of Node may fire a little early. */
const TIMER_EARLY_MS = 5;
const SOURCE = `
import { execFileSync } from 'node:child_process';
import { defineHandler } from 'lastcall/sdk';

const busy = (name: string, work: () => unknown) =>
  defineHandler({ name, isolation: 'thread', run: (_, { log }) => { log(name); return work(); } });

export default [
  busy('loop', () => { while (true); }),
  busy('regex', () => /^(a+)+$/.test('a'.repeat(60) + 'b')),
  busy('atomics', () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)),
  busy('pending', () => new Promise(() => {})),
  defineHandler({
    name: 'blocked',
    isolation: 'thread',
    run: (folder) => execFileSync('sh', ['-c', 'cd "$0"; touch entered; until [ -e released ]; do sleep 0.02; done', String(folder)]).length,
  }),
];
`;

/** Starts a handler that waits in native code, and returns when it does. `release` ends the wait. */
async function startBlocked(host: Host, folder: string, more?: { timeoutSeconds: number }) {
  const watcher = watch(folder);
  const entered = once(watcher, 'change');
  const running = host.start('blocked', folder, more);
  await within(entered);
  watcher.close();
  return { running, release: () => writeFileSync(join(folder, 'released'), '') };
}

describe('a forced stop of a thread', () => {
  const handlers = writeHandlers(SOURCE);
  let host: Host;
  beforeAll(async () => {
    host = await openHost({ handlersFile: handlers.file });
  });
  afterAll(async () => {
    await host.executor.close();
    handlers.remove();
  });

  test.each(['loop', 'regex', 'atomics', 'pending'])(
    'ends "%s" at once, and the slot can be used again',
    async (name) => {
      const running = host.start(name);
      await host.logged(name);
      expect(await stop(running)).toEqual({ outcome: 'Stopped' });
      expect(host.executor.freeSlots).toBe(1);
      expect(await host.run('echo', 1)).toEqual({ outcome: 'Finished', result: 1 });
    },
  );

  test('ends spin at once, even if it is asked for twice', async () => {
    const running = host.start('spin', { seconds: 60 });
    running.stop();
    expect(await stop(running)).toMatchObject({ outcome: 'Stopped' });
  });

  test('waits for native code to return, reports that once, and keeps the slot until then', async () => {
    const { running, release } = await startBlocked(host, dirname(handlers.file));
    const waits: number[] = [];
    const reported = new Promise<void>((resolve) => {
      running.onUnmanagedWait(() => resolve(void waits.push(host.executor.freeSlots)));
    });
    const stoppedMs = performance.now();
    const stopped = stop(running);
    await within(reported);
    expect(performance.now() - stoppedMs).toBeGreaterThan(UNMANAGED_WAIT_MS - TIMER_EARLY_MS);
    expect(() => host.start('echo')).toThrow('slots are taken');
    release();
    expect(await stopped).toEqual({ outcome: 'Stopped' });
    expect(waits).toEqual([0]);
    expect(host.executor.freeSlots).toBe(1);
  });

  test('after the handler has ended by itself changes neither that ending nor the next attempt', async () => {
    const first = host.start('echo', 'first');
    await within(first.ended);
    const second = host.start('sleep', { seconds: 0.1 });
    first.stop();
    first.tell('Cancelling');
    expect(await first.ended).toEqual({ outcome: 'Finished', result: 'first' });
    expect(await within(second.ended)).toMatchObject({ outcome: 'Finished', result: { cooperated: false } });
  });
});

describe('a time-out', () => {
  const handlers = writeHandlers(SOURCE);
  let host: Host;
  beforeAll(async () => {
    host = await openHost({ handlersFile: handlers.file, slots: 2 });
  });
  afterAll(async () => {
    await host.executor.close();
    handlers.remove();
  });

  test('ends a handler by force, as an error', async () => {
    const ending = await host.run('spin', { seconds: 60 }, { timeoutSeconds: 0.2 });
    expect(ending).toMatchObject({ outcome: 'Error', error: { name: 'TimedOut' } });
    const isolated = await host.run('block.isolated', { seconds: 60 }, { timeoutSeconds: 0.2 });
    expect(isolated).toMatchObject({ outcome: 'Error', error: { name: 'TimedOut' } });
  });

  test('does not touch a handler that is quicker', async () => {
    expect(await host.run('echo', 1, { timeoutSeconds: 60 })).toEqual({ outcome: 'Finished', result: 1 });
  });

  test('reports an unmanaged wait, and a stop in the meantime does not change the ending', async () => {
    // The next attempt uses this slot: its thread is warm, so that the handler is in native code before the time-out.
    await host.run('echo');
    const { running, release } = await startBlocked(host, dirname(handlers.file), { timeoutSeconds: 2 });
    await within(new Promise<void>((resolve) => running.onUnmanagedWait(resolve)));
    running.stop();
    release();
    expect(await within(running.ended)).toMatchObject({ outcome: 'Error', error: { name: 'TimedOut' } });
  });
});

test('closing an executor stops what runs', async () => {
  const host = await openHost({ slots: 2 });
  const running = [host.start('spin', { seconds: 60 }), host.start('block.isolated', { seconds: 60 })];
  await within(host.executor.close());
  expect(await Promise.all(running.map((each) => each.ended))).toMatchObject([
    { outcome: 'Stopped' },
    { outcome: 'Stopped' },
  ]);
  expect(() => host.start('echo')).toThrow('closed');
});
