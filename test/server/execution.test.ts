import { getPriority } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { MAX_ERROR_CHARACTERS } from '#domain/limits';
import type { Isolation } from '#server/sdk';
import { type Host, muteOutput, openHost, within, writeHandlers } from '#test/support/server/execution-host';

const sourceOf = (isolation: Isolation) => `
import { getPriority } from 'node:os';
import { threadId } from 'node:worker_threads';
import { defineHandler as define, z } from 'lastcall/sdk';

const defineHandler = (definition) => define({ isolation: '${isolation}', ...definition });
const returning = (name: string, make: () => unknown) => defineHandler({ name, run: () => make() });
const circle: { self?: unknown } = {};
circle.self = circle;
let earlierLog = (_: string) => {};

export default [
  returning('threadId', () => [process.pid, threadId]),
  returning('priority', () => getPriority()),
    returning('nothing', () => undefined),
  returning('printing', () => { console.log('printed'); console.error('printed'); return [process.pid, threadId]; }),
  defineHandler({ name: 'logError', run: (_, { log }) => log('failed', { error: new Error('why') }) }),
  returning('large', () => 'x'.repeat(70_000)),
  returning('circle', () => circle),
  returning('function', () => () => 1),
  returning('exit', () => process.exit(0)),
  returning('verbose', () => { throw new RangeError('m'.repeat(5_000)); }),
  returning('oddity', () => { throw { code: 7 }; }),
  defineHandler({ name: 'unreachable', run: () => fetch('http://127.0.0.1:9') }),
  returning('several', () => { throw new AggregateError([new TypeError('one'), new RangeError('two')], 'both'); }),
  returning('loop', () => { const error = new Error('outer'); error.cause = new Error('inner', { cause: error }); throw error; }),
  returning('infinite', () => ({ rows: [1, { sum: Number.NaN }] })),
  returning('map', () => ({ found: new Map() })),
  defineHandler({ name: 'logBigInt', run: (_, { log }) => log('odd', { big: 10n, fine: 1 }) }),
  returning('hoard', () => { for (const all: unknown[] = []; ; ) all.push({ a: 1, b: [1, 2] }); }),
  returning('lost', () => { Promise.reject(new Error('not caught')); return new Promise(() => {}); }),
  defineHandler({
    name: 'typed',
    input: z.strictObject({ count: z.number() }),
    run: async (input, context) => {
      context.log('counting', { ...input, jobId: 'forged' });
      return { next: input.count + 1, jobId: context.jobId, attempt: context.attempt };
    },
  }),
  defineHandler({
    name: 'listen',
    run: (_, { signal, log }) => new Promise((resolve) => {
      signal.addEventListener('abort', () => resolve(signal.reason.name));
      log('listening');
    }),
  }),
  defineHandler({ name: 'keepLog', run: (_, context) => { earlierLog = context.log; } }),
  defineHandler({ name: 'useOldLog', run: (_, context) => { earlierLog('of the attempt before'); context.log('my own'); } }),
];
`;

describe.each<Isolation>(['thread', 'process'])('handlers in a kept %s', (isolation) => {
  const handlers = writeHandlers(sourceOf(isolation));
  let host: Host;
  beforeAll(async () => {
    host = await openHost({ handlersFile: handlers.file, maxHeapMb: 64 });
  });
  afterAll(async () => {
    await host.executor.close();
    handlers.remove();
  });

  test('echo returns its input', async () => {
    expect(await host.run('echo', { a: [1, null] })).toEqual({ outcome: 'Finished', result: { a: [1, null] } });
    expect(await host.run('echo')).toEqual({ outcome: 'Finished', result: null });
  });

  test('a handler runs at a lower priority than its server, so that it cannot delay the heartbeat', async () => {
    const own = getPriority();
    expect(await host.run('priority')).toEqual({ outcome: 'Finished', result: Math.max(own, 5) });
    expect(getPriority()).toBe(own);
  });

  test('spin and block run for the seconds of their input', async () => {
    expect(await host.run('spin', { seconds: 0.01 })).toEqual({ outcome: 'Finished', result: { seconds: 0.01 } });
    expect(await host.run('block', { seconds: 0.01 })).toEqual({ outcome: 'Finished', result: { seconds: 0.01 } });
  });

  test('fail throws on its first attempts, or on each', async () => {
    const error = expect.objectContaining({ name: 'Error', message: 'no' });
    expect(await host.run('fail', { message: 'no', times: 1 })).toEqual({ outcome: 'Error', error });
    expect(await host.run('fail', { times: 1 }, { attempt: 2 })).toEqual({
      outcome: 'Finished',
      result: { attempt: 2 },
    });
    expect(await host.run('fail', undefined, { attempt: 9 })).toMatchObject({ outcome: 'Error' });
  });

  test('a cancel ends a cooperative sleep early, and no other', async () => {
    const cooperative = host.start('sleep', { seconds: 60, cooperative: true });
    cooperative.tell('Cancelling');
    cooperative.tell('Cancelling');
    expect(await within(cooperative.ended)).toMatchObject({ outcome: 'Finished', result: { cooperated: true } });
    const deaf = host.start('sleep', { seconds: 0.05 });
    deaf.tell('Cancelling');
    expect(await within(deaf.ended)).toMatchObject({ outcome: 'Finished', result: { cooperated: false } });
  });

  test('a built-in handler refuses unknown fields', async () => {
    const ending = await host.run('sleep', { seconds: 0, secs: 1 });
    expect(ending).toMatchObject({ outcome: 'Error', error: { name: 'InvalidInput' } });
    expect(JSON.stringify(ending)).toContain('secs');
  });

  test('a handler receives the input as its schema returns it, and its own ids, which its log lines bear', async () => {
    const ending = await host.run('typed', { count: 1 }, { attempt: 3 });
    expect(ending).toEqual({ outcome: 'Finished', result: { next: 2, jobId: 'j1', attempt: 3 } });
    const { fields } = await host.logged('counting');
    expect(fields).toMatchObject({ count: 1, jobId: 'j1', attempt: 3, handler: 'typed' });
    expect(await host.run('typed', { count: 'one' })).toMatchObject({
      error: { message: expect.stringContaining('count') },
    });
  });

  test('a handler hears only the first reason to end early', async () => {
    const running = host.start('listen');
    await host.logged('listening');
    running.tell('ServerStopping');
    running.tell('Cancelling');
    expect(await within(running.ended)).toEqual({ outcome: 'Finished', result: 'ServerStopping' });
  });

  test('it is kept between tasks', async () => {
    const first = await host.run('threadId');
    expect(first).toEqual({ outcome: 'Finished', result: [expect.any(Number), expect.any(Number)] });
    await host.run('fail');
    expect(await host.run('threadId')).toEqual(first);
  });

  test('what a handler prints is nothing that it leaves behind', async () => {
    const muted = muteOutput();
    expect(await host.run('printing')).toEqual(await host.run('printing'));
    muted.end();
  });

  test('an error that nothing caught is in the record, and an error in a log line is in the log', async () => {
    const muted = muteOutput();
    const lost = await host.run('lost');
    muted.end();
    expect(lost).toMatchObject({
      error: { name: 'HandlerCrashed', causes: [{ message: 'not caught', stack: expect.any(String) }] },
    });
    await host.run('logError');
    expect((await host.logged('failed')).fields).toMatchObject({ error: { name: 'Error', message: 'why' } });
  });

  test.each(['exit', 'lost', 'hoard'])(
    'a handler that ends it by "%s" has crashed, and the next has a new one',
    async (name) => {
      const before = await host.run('threadId');
      const muted = muteOutput();
      expect(await host.run(name)).toMatchObject({ outcome: 'Error', error: { name: 'HandlerCrashed' } });
      muted.end();
      const after = await host.run('threadId');
      expect(after).toMatchObject({ outcome: 'Finished' });
      expect(after).not.toEqual(before);
    },
  );

  test('no result is null; a result that is too large or not JSON is an error', async () => {
    expect(await host.run('nothing')).toEqual({ outcome: 'Finished', result: null });
    expect(await host.run('large')).toMatchObject({ error: { name: 'ResultTooLarge' } });
    expect(await host.run('circle')).toMatchObject({ error: { name: 'ResultNotJson' } });
    expect(await host.run('function')).toMatchObject({ error: { name: 'ResultNotJson' } });
  });

  test('an error keeps its name and is cut to the limit, whatever was thrown', async () => {
    const error = expect.objectContaining({ name: 'RangeError', message: 'm'.repeat(MAX_ERROR_CHARACTERS) });
    expect(await host.run('verbose')).toEqual({ outcome: 'Error', error });
    expect(await host.run('oddity')).toMatchObject({ error: { name: 'Error', message: '{ code: 7 }' } });
  });

  test('an error keeps its stack, its code and what it came from', async () => {
    const unreachable = await host.run('unreachable');
    expect(unreachable).toMatchObject({ error: { name: 'TypeError', stack: expect.stringContaining('fetch') } });
    expect(unreachable).toMatchObject({
      error: { causes: [{ message: expect.any(String), stack: expect.any(String) }] },
    });
    const several = { name: 'AggregateError', causes: [{ message: 'one' }, { message: 'two' }] };
    expect(await host.run('several')).toMatchObject({ error: several });
    expect(await host.run('loop')).toMatchObject({ error: { message: 'outer', causes: [{ message: 'inner' }] } });
  });

  test('a result that JSON would change is refused, with its place', async () => {
    expect(await host.run('infinite')).toMatchObject({
      error: { message: 'JSON cannot keep the result: result.rows[1].sum is NaN.' },
    });
    expect(await host.run('map')).toMatchObject({
      error: { message: 'JSON cannot keep the result: result.found is an instance of Map.' },
    });
  });

  test('a log line says which of its fields JSON cannot keep', async () => {
    await host.run('logBigInt');
    expect((await host.logged('odd')).fields).toMatchObject({ fine: 1, notKept: ['big is 10n'] });
  });

  test('an unknown handler is an error and takes no slot', async () => {
    const running = host.start('nobody');
    expect(host.executor.freeSlots).toBe(1);
    expect(await running.ended).toMatchObject({ outcome: 'Error', error: { name: 'UnknownHandler' } });
  });

  test('a late log line of an earlier attempt is ignored', async () => {
    await host.run('keepLog');
    await host.run('useOldLog');
    expect(host.lines.map((line) => line.message)).toContain('my own');
    expect(host.lines.map((line) => line.message)).not.toContain('of the attempt before');
  });

  test('a slot is taken until its attempt has ended', async () => {
    const running = host.start('listen');
    expect(host.executor.freeSlots).toBe(0);
    expect(() => host.start('echo')).toThrow('slots are taken');
    running.tell('Cancelling');
    await within(running.ended);
    expect(host.executor.freeSlots).toBe(1);
  });
});
