import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { loadHandlers } from '#server/handlers/load';
import { type Host, openHost, stop, within, writeHandlers } from '#test/support/server/execution-host';

const written: (() => void)[] = [];
afterEach(() => {
  for (const remove of written.splice(0)) remove();
});

function write(source: string, name = 'handlers.mjs'): string {
  const { file, remove } = writeHandlers(source, name);
  written.push(remove);
  return file;
}

describe('a handlers file', () => {
  test.each([
    ['is not an array', `export default { name: 'a' }`, 'must default-export an array'],
    ['has no default export', `export const handlers = []`, 'must default-export an array'],
    ['is not JavaScript', `export default [`, 'cannot be loaded: SyntaxError'],
    [
      'names a built-in handler',
      `export default [{ name: 'echo', run() {} }]`,
      'handler "echo": a built-in handler has',
    ],
    [
      'has the same name twice',
      `const run = () => 1; export default [{ name: 'a', run }, { name: 'a', run }]`,
      'handler "a": two handlers have this name',
    ],
    ['has a wrong name', `export default [{ name: 'a b', run() {} }]`, 'handler "a b": name: use letters'],
    ['has a handler without a name', `export default [{ run() {} }]`, 'entry 1: name'],
    ['has a handler without a function', `export default [{ name: 'a' }]`, 'handler "a": run: must be a function'],
    ['has an unknown field', `export default [{ name: 'a', run() {}, timeout: 3 }]`, 'timeout'],
    ['has an unknown isolation', `export default [{ name: 'a', run() {}, isolation: 'vm' }]`, 'handler "a": isolation'],
    [
      'has an input that is not a schema',
      `export default [{ name: 'a', run() {}, input: {} }]`,
      'input: must be a Standard Schema',
    ],
    [
      'has too many handlers',
      `export default Array.from({ length: 250 }, (_, each) => ({ name: 'n' + each, run() {} }))`,
      'a server may have 250 handlers',
    ],
    ['has an empty command', `export default [{ name: 'a', command: [] }]`, 'handler "a": command'],
    ['has an entry that is not an object', `export default ['a']`, 'entry 1'],
  ])('that %s is refused by its name', async (_, source, reason) => {
    const file = write(source);
    const refused = expect(loadHandlers(file)).rejects;
    await refused.toThrow(`Handlers file ${file}`);
    await refused.toThrow(reason);
  });

  test('of another type, or that does not exist, is refused', async () => {
    const ofAnotherType = write('[]', 'handlers.json');
    await expect(loadHandlers(ofAnotherType)).rejects.toThrow('must be a module named .ts, .mts, .js, .mjs');
    await expect(loadHandlers('/no/such/handlers.ts')).rejects.toThrow('/no/such/handlers.ts cannot be loaded');
  });

  test.each([
    ['throws', `throw new Error('no luck')`, 'cannot be loaded: Error: no luck'],
    ['ends its process', 'process.exit(0)', 'its process ended with exit code 0'],
  ])('that %s in a slot is refused by the server', async (_, source, reason) => {
    await expect(within(openHost({ handlersFile: write(source) }))).rejects.toThrow(reason);
  });

  test('may be plain JavaScript with a schema of any library', async () => {
    const validate = `(value) => (value === 1 ? { value: 'one' } : { issues: [{ message: 'not one', path: [{ key: 'a' }] }] })`;
    const file = write(
      `import { defineHandler } from 'lastcall/sdk';
       const input = { '~standard': { version: 1, vendor: 'own', validate: ${validate} } };
       export default [defineHandler({ name: 'own', input, run: (value) => value })];`,
      'handlers.js',
    );
    const host = await openHost({ handlersFile: file });
    expect(await host.run('own', 1)).toEqual({ outcome: 'Finished', result: 'one' });
    expect(await host.run('own', 2)).toMatchObject({
      error: { name: 'InvalidInput', message: expect.stringContaining('a: not one') },
    });
    await host.executor.close();
  });
});

describe('a slot loads the handlers when it is first used', () => {
  test('and that takes nothing of the time-out', async () => {
    const file = write(
      `await new Promise((go) => setTimeout(go, 500));
       export default [{ name: 'quick', run: () => 1 }, { name: 'slow', run: () => new Promise((go) => setTimeout(go, 2_000)) }];`,
    );
    const host = await openHost({ handlersFile: file, slots: 2 });
    const slow = host.start('slow');
    expect(await host.run('quick', null, { timeoutSeconds: 0.4 })).toEqual({ outcome: 'Finished', result: 1 });
    await within(slow.ended);
    await host.executor.close();
  });

  test('and an attempt that it cannot start is given back, as if it had never been claimed', async () => {
    const file = write(
      `import { appendFileSync, readFileSync } from 'node:fs';
       appendFileSync(import.meta.filename + '.loads', '.');
       if (readFileSync(import.meta.filename + '.loads', 'utf8').length > 1) throw new Error('only once');
       export default [{ name: 'a', run: () => new Promise((go) => setTimeout(go, 60_000)) }];`,
    );
    const host = await openHost({ handlersFile: file, slots: 2 });
    const first = host.start('a');
    expect(await host.run('a')).toEqual({ outcome: 'NotStarted', why: expect.stringContaining('only once') });
    expect(host.executor.freeSlots).toBe(0);
    expect(await stop(first)).toEqual({ outcome: 'Stopped' });
    await host.executor.close();
  });
});

describe('the example', () => {
  let host: Host;
  beforeAll(async () => {
    host = await openHost({ handlersFile: 'examples/handlers.ts', slots: 2 });
  });
  afterAll(() => host.executor.close());

  test('adds its handlers to the built-in ones', () => {
    const builtIn = ['echo', 'sleep', 'spin', 'block', 'block.isolated', 'fail'];
    expect(host.executor.handlerNames).toEqual([...builtIn, 'report.print', 'report.compress', 'report.measure']);
  });

  test('prints whole pages only when it is cancelled', async () => {
    const running = host.start('report.print', { pages: 10_000 });
    await host.logged('Printed a page.');
    running.tell('Cancelling');
    const result = { printed: expect.any(Number), complete: false };
    expect(await within(running.ended)).toEqual({ outcome: 'Finished', result });
    expect(await host.run('report.print', { pages: 2 })).toEqual({
      outcome: 'Finished',
      result: { printed: 2, complete: true },
    });
  });

  test('compresses in a process and measures with a program', async () => {
    expect(await host.run('report.compress', { text: 'aaaa' })).toMatchObject({ result: { characters: 4 } });
    expect(await host.run('report.measure', 'abc')).toEqual({
      outcome: 'Finished',
      result: { job: 'j1', inputBytes: 5 },
    });
  });
});
