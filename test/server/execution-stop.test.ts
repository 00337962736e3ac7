import { once } from 'node:events';
import { watch } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { UNMANAGED_WAIT_MS } from '#server/execution/running-attempt';
import {
  type Host,
  LOOSELY_AT_ONCE_MS,
  openHost,
  stopAndTime,
  within,
  writeHandlers,
} from '#test/support/server/execution-host';

const SOURCE = `
import { execFileSync } from 'node:child_process';
import { defineHandler } from 'lastcall/sdk';

const busy = (name: string, work: () => unknown) =>
  defineHandler({ name, run: (_, { log }) => { log(name); return work(); } });

export default [
  busy('loop', () => { while (true); }),
  busy('regex', () => /^(a+)+$/.test('a'.repeat(60) + 'b')),
  busy('atomics', () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)),
  busy('pending', () => new Promise(() => {})),
  defineHandler({ name: 'blocked', run: (file) => execFileSync('sh', ['-c', 'touch "$0"; sleep 1.5', String(file)]).length }),
];
`;

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

  test.each(['loop', 'regex', 'atomics', 'pending'])('ends "%s" at once, and the slot works on', async (name) => {
    const running = host.start(name);
    await host.logged(name);
    const { ending, tookMs } = await stopAndTime(running);
    expect(ending).toEqual({ outcome: 'Stopped' });
    expect(tookMs).toBeLessThan(LOOSELY_AT_ONCE_MS);
    expect(host.executor.freeSlots).toBe(1);
    expect(await host.run('echo', 1)).toEqual({ outcome: 'Finished', result: 1 });
  });

  test('ends spin at once, also when asked twice', async () => {
    const running = host.start('spin', { seconds: 60 });
    running.stop();
    expect(await stopAndTime(running)).toMatchObject({ ending: { outcome: 'Stopped' } });
  });

  test('waits for native code to return, says so once, and keeps the slot until then', async () => {
    const folder = watch(dirname(handlers.file));
    const entered = once(folder, 'change');
    const running = host.start('blocked', join(dirname(handlers.file), 'entered'));
    await within(entered);
    folder.close();
    const waits: number[] = [];
    const reported = new Promise<void>((resolve) => {
      running.onUnmanagedWait(() => resolve(void waits.push(host.executor.freeSlots)));
    });
    const stopped = stopAndTime(running);
    await within(reported);
    expect(() => host.start('echo')).toThrow('slots are taken');
    const { ending, tookMs } = await stopped;
    expect(ending).toEqual({ outcome: 'Stopped' });
    expect(tookMs).toBeGreaterThan(UNMANAGED_WAIT_MS);
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
  let host: Host;
  beforeAll(async () => {
    host = await openHost({ slots: 2 });
  });
  afterAll(() => host.executor.close());

  test('ends a handler by force, as an error', async () => {
    const ending = await host.run('spin', { seconds: 60 }, { timeoutSeconds: 0.2 });
    expect(ending).toMatchObject({ outcome: 'Error', error: { name: 'TimedOut' } });
    const isolated = await host.run('block.isolated', { seconds: 60 }, { timeoutSeconds: 0.2 });
    expect(isolated).toMatchObject({ outcome: 'Error', error: { name: 'TimedOut' } });
  });

  test('does not touch a handler that is quicker', async () => {
    expect(await host.run('echo', 1, { timeoutSeconds: 5 })).toEqual({ outcome: 'Finished', result: 1 });
  });

  test('reports an unmanaged wait, and a stop meanwhile does not change the ending', async () => {
    const running = host.start('block', { seconds: 1.5 }, { timeoutSeconds: 0.3 });
    await within(new Promise<void>((resolve) => running.onUnmanagedWait(resolve)));
    running.stop();
    expect(await within(running.ended)).toMatchObject({ outcome: 'Error', error: { name: 'TimedOut' } });
  });
});

test('closing an executor stops what runs', async () => {
  const host = await openHost({ slots: 2 });
  const running = [host.start('spin', { seconds: 60 }), host.start('block.isolated', { seconds: 60 })];
  await within(host.executor.close());
  expect(await Promise.all(running.map((each) => each.ended))).toEqual([
    { outcome: 'Stopped' },
    { outcome: 'Stopped' },
  ]);
  expect(() => host.start('echo')).toThrow('closed');
});
