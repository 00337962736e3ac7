/** What a handler prints, logs, hoards or sends costs its own attempt, and never the server or another attempt. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Isolation } from '#server/sdk';
import { type Host, muteOutput, openHost, stop, within, writeHandlers } from '#test/support/server/execution-host';

const MAX_HEAP_MB = 128;
/** What the server may need for what it reads at once, with all that the tests themselves need. */
const MAX_GROWTH_MB = 200;

const sourceOf = (isolation: Isolation) => `
import { defineCommand, defineHandler } from 'lastcall/sdk';
const define = (name, run) => defineHandler({ name, isolation: '${isolation}', run });
const hoard = [];

export default [
  define('log', (_, { log }) => { for (let line = 0; ; line += 1) log('flood', { line }); }),
  define('print', () => { for (;;) console.log('flood'); }),
  define('complain', () => { for (;;) console.error('flood'); }),
  define('buffers', async () => {
    for (;;) {
      hoard.push(Buffer.alloc(32 * 2 ** 20, 1));
      await new Promise((go) => setTimeout(go, 20));
    }
  }),
  define('signals', async () => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.kill(process.pid, signal);
    await new Promise((go) => setTimeout(go, 20));
    return 'still here';
  }),
  defineCommand({ name: 'yes', command: ['sh', '-c', 'exec yes >&2'] }),
  defineCommand({ name: 'yes.stdout', command: ['yes'] }),
];
`;

describe.each<readonly [Isolation, readonly string[]]>([
  ['process', ['log', 'print', 'complain', 'yes', 'yes.stdout']],
  ['thread', ['log']],
])('beside a flood from a %s', (isolation, floods) => {
  const handlers = writeHandlers(sourceOf(isolation));
  let host: Host;
  beforeAll(async () => {
    host = await openHost({ handlersFile: handlers.file, slots: 2, maxHeapMb: MAX_HEAP_MB });
  });
  afterAll(async () => {
    await host.executor.close();
    handlers.remove();
  });

  test.each(floods)('of "%s" other attempts run, and the server needs no more memory', async (flood) => {
    const silence = muteOutput();
    const before = process.memoryUsage.rss();
    const running = host.start(flood);
    for (let round = 0; round < 20; round += 1)
      expect(await host.run('sleep', { seconds: 0.02 })).toMatchObject({ outcome: 'Finished' });
    expect((process.memoryUsage.rss() - before) / 2 ** 20).toBeLessThan(MAX_GROWTH_MB);
    expect(await stop(running)).toMatchObject({ outcome: 'Stopped' });
    silence.end();
    host.lines.length = 0;
  });
});

describe('on a server of many slots, where each may print little', () => {
  const handlers = writeHandlers(sourceOf('process'));
  let host: Host;
  beforeAll(async () => {
    host = await openHost({ handlersFile: handlers.file, slots: 256 });
  });
  afterAll(async () => {
    await host.executor.close();
    handlers.remove();
  });

  test.each(['log', 'print', 'complain', 'yes', 'yes.stdout'])(
    'the stop of "%s" does not wait until all that it has printed is read at its pace',
    async (flood) => {
      const silence = muteOutput();
      const running = host.start(flood);
      expect(await host.run('sleep', { seconds: 0.1 })).toMatchObject({ outcome: 'Finished' });
      expect(await stop(running)).toMatchObject({ outcome: 'Stopped' });
      silence.end();
      host.lines.length = 0;
    },
  );
});

describe('a handler in a process', () => {
  const handlers = writeHandlers(sourceOf('process'));
  let host: Host;
  beforeAll(async () => {
    host = await openHost({ handlersFile: handlers.file, maxHeapMb: MAX_HEAP_MB });
  });
  afterAll(async () => {
    await host.executor.close();
    handlers.remove();
  });

  test('that takes memory beside its heap is ended before the machine is full', async () => {
    const ending = await within(host.start('buffers').ended, 60_000);
    expect(ending).toMatchObject({ outcome: 'Error', error: { name: 'OutOfMemory' } });
  });

  test('does not end by the signals that tell its server to stop', async () => {
    expect(await host.run('signals')).toEqual({ outcome: 'Finished', result: 'still here' });
  });
});
