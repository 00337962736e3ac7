/** An attempt owns what it starts: when it has ended, nothing of it runs, and the next attempt pays nothing. */
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readProcess } from '#processes/process-table';
import type { Isolation } from '#server/sdk';
import { type Host, openHost, stop, within, writeHandlers } from '#test/support/server/execution-host';

const sourceOf = (isolation: Isolation) => `
import { spawn, spawnSync } from 'node:child_process';
import { appendFileSync, closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmdirSync, watchFile } from 'node:fs';
import { createServer } from 'node:http';
import { url } from 'node:inspector';
import { tmpdir } from 'node:os';
import { Worker } from 'node:worker_threads';
import { defineCommand, defineHandler } from 'lastcall/sdk';

/**
 * A child, a child in a session of its own, one whose parent has ended, and a daemon without any of its variables. Each
 * writes down its process id.
 */
const SCRIPTS = {
  child: (file) => spawn('sh', ['-c', 'echo $$ >"$0"; exec sleep 3600', file], { stdio: 'ignore' }).unref(),
  detached: (file) => spawn('sh', ['-c', 'echo $$ >"$0"; exec sleep 3600', file], { stdio: 'ignore', detached: true }).unref(),
  orphan: (file) => spawnSync('sh', ['-c', 'setsid sh -c "echo \\\\$\\\\$ >$0; exec sleep 3600" >/dev/null 2>&1 </dev/null &', file]),
  daemon: (file) => spawnSync('env', ['-i', 'sh', '-c', 'setsid sh -c "echo \\\\$\\\\$ >$0; exec sleep 3600" >/dev/null 2>&1 </dev/null &', file]),
};
/** What an attempt may change in its process. */
const CHANGES = {
  clock: () => { Date.now = () => 0; },
  json: () => { JSON.stringify = () => '"other"'; },
  promise: () => { globalThis.Promise = class {}; },
  immediate: () => { globalThis.setImmediate = () => {}; },
  prototype: () => { Object.prototype.extra = 1; },
  umask: () => process.umask(0o777),
  stdout: () => closeSync(1),
  redirected: () => { closeSync(2); openSync('/dev/null', 'w'); },
  ended: () => process.stderr.end(),
  catcher: () => process.on('unhandledRejection', () => {}),
  deaf: () => process.removeAllListeners(),
  capture: () => process.setUncaughtExceptionCaptureCallback(() => {}),
  directory: () => { const folder = mkdtempSync(tmpdir() + '/gone-'); process.chdir(folder); rmdirSync(folder); },
  files: () => { for (let count = 0; count < 600; count += 1) openSync('/dev/null'); },
  buffers: () => void seen.push(Buffer.alloc(400 * 2 ** 20, 1)),
  immediates: () => { const again = () => setImmediate(again).unref(); setImmediate(again).unref(); },
  watch: () => void watchFile(process.execPath, { interval: 10, persistent: false }, () => {}),
  port: () => { const { port1 } = new MessageChannel(); port1.on('message', () => {}); port1.unref(); seen.push(port1); },
};
const seen = [];
const wait = async (file) => { while (!existsSync(file) || readFileSync(file, 'utf8') === '') await new Promise((go) => setTimeout(go, 5)); };
const define = (name, run) => defineHandler({ name, isolation: '${isolation}', run });

export default [
  define('start', async ({ files, end }, { log }) => {
    for (const [kind, file] of Object.entries(files)) SCRIPTS[kind](file);
    for (const file of Object.values(files)) await wait(file);
    log('started');
    if (end === 'throw') throw new Error('thrown');
    if (end === 'crash') process.exit(1);
    if (end === 'wait') await new Promise(() => setTimeout(() => {}, 3_600_000));
    return 'returned';
  }),
  define('tick', ({ file, hidden }) => {
    const interval = setInterval(() => appendFileSync(file, '.'), 1);
    if (hidden) interval.unref();
  }),
  define('later', () => void setTimeout(() => { throw new Error('too late'); }, 5)),
  define('thread', ({ file }) => {
    const program = 'setInterval(() => require("node:fs").appendFileSync(' + JSON.stringify(file) + ', "."), 1)';
    new Worker(program, { eval: true }).unref();
  }),
  define('hold', () => void seen.push(new Array(8_000_000).fill(1.5))),
  define('alter', () => {
    process.env.LEFT_BEHIND = 'yes';
    process.env.TZ = 'Asia/Tokyo';
    delete process.env.LANGUAGE;
  }),
  define('environment', () => [process.env.LEFT_BEHIND, process.env.TZ, process.env.LANGUAGE].map(String)),
  define('debugged', async () => {
    process.kill(process.pid, 'SIGUSR1');
    await new Promise((go) => setTimeout(go, 100));
    return url() ?? 'no debugger';
  }),
  define('id', () => process.pid),
  define('change', async (kinds) => { for (const kind of kinds) await CHANGES[kind](); }),
  define('tidy', async () => {
    const server = createServer((_, reply) => reply.end('{}')).listen(0, '127.0.0.1');
    await new Promise((go) => server.once('listening', go));
    await (await fetch('http://127.0.0.1:' + server.address().port)).json();
    server.closeAllConnections();
    await new Promise((go) => server.close(go));
    const listener = () => {};
    process.on('SIGUSR2', listener).off('SIGUSR2', listener);
    clearTimeout(setTimeout(listener, 1_000));
    await new Promise((go) => setImmediate(go));
    await new Promise((go) => spawn('true', { stdio: 'ignore' }).once('close', go));
    console.log('tidy');
  }),
  define('quiet', () => new Promise((go) => setTimeout(go, 50))),
  defineCommand({ name: 'daemon', command: ['sh', '-c', 'file=$(tr -d \\'"\\'); env -i setsid sh -c "echo \\\\$\\\\$ >$file; exec sleep 3600" >/dev/null 2>&1 </dev/null & while ! [ -s "$file" ]; do sleep 0.02; done'] }),
  defineCommand({ name: 'program', command: ['sh', '-c', 'file=$(tr -d \\'"\\'); setsid sh -c "echo \\\\$\\\\$ >$file; exec sleep 3600" >/dev/null 2>&1 </dev/null & while ! [ -s "$file" ]; do sleep 0.02; done'] }),
];
`;

const NAMES_OF_CHANGES = [
  'another Date.now',
  'Object.prototype.extra',
  'another umask',
  'another stderr',
  'listeners of unhandledRejection',
  'a catcher of faults',
  'another working directory',
  expect.stringMatching(/^\d+ open files$/),
  expect.stringMatching(/^\d+ MiB of memory$/),
  'Immediate',
  'STATWATCHER',
  'MESSAGEPORT',
];

describe.each<Isolation>(['process', 'thread'])('a handler in a %s', (isolation) => {
  const handlers = writeHandlers(sourceOf(isolation));
  let host: Host;
  const newFile = () => join(dirname(handlers.file), randomUUID());
  const newFiles = () => ({ child: newFile(), detached: newFile(), orphan: newFile() });
  beforeAll(async () => {
    host = await openHost({ handlersFile: handlers.file, maxHeapMb: 256 });
  });
  afterAll(async () => {
    await host.executor.close();
    handlers.remove();
  });

  test.each(['return', 'throw', 'crash'])(
    'leaves no child, detached or orphaned, when it ends by "%s"',
    async (end) => {
      const files = newFiles();
      await host.run('start', { files, end });
      expect(livingOf(files)).toEqual([]);
    },
  );

  test('leaves no child, detached or orphaned, when it is stopped by force', async () => {
    const files = newFiles();
    host.lines.length = 0;
    const running = host.start('start', { files, end: 'wait' });
    await host.logged('started');
    expect(await stop(running)).toEqual({ outcome: 'Stopped' });
    expect(livingOf(files)).toEqual([]);
  });

  test('leaves no child, detached or orphaned, when it runs too long', async () => {
    const files = newFiles();
    const ending = await host.run('start', { files, end: 'wait' }, { timeoutSeconds: 5 });
    expect(ending).toMatchObject({ error: { name: 'TimedOut' } });
    expect(livingOf(files)).toEqual([]);
  });

  test.each([
    ['an interval', 'tick', { hidden: false }],
    ['an interval that keeps nothing alive', 'tick', { hidden: true }],
    ['a thread', 'thread', {}],
  ])('leaves %s that does not run on', async (_, handler, input) => {
    const file = newFile();
    expect(await host.run(handler, { file, ...input })).toEqual({ outcome: 'Finished', result: null });
    const size = sizeOf(file);
    await host.run('quiet');
    expect(sizeOf(file)).toBe(size);
  });

  test('does not leave its changes of the environment to the next ones', async () => {
    const before = await host.run('environment');
    expect(await host.run('alter')).toEqual({ outcome: 'Finished', result: null });
    expect(before).toMatchObject({
      outcome: 'Finished',
      result: ['undefined', expect.any(String), expect.any(String)],
    });
    expect(await host.run('environment')).toEqual(before);
    const left = host.lines.find(({ fields }) => String(fields.left).includes('LEFT_BEHIND'));
    expect(left?.fields.left).toEqual(expect.arrayContaining(['the variable LEFT_BEHIND', 'the variable TZ']));
  });

  test('does not make the next one fail by what it left behind', async () => {
    await host.run('later');
    expect(await host.run('quiet')).toEqual({ outcome: 'Finished', result: null });
  });

  test('does not leave its memory to the next ones', async () => {
    for (let round = 0; round < 6; round += 1)
      expect(await within(host.start('hold').ended)).toEqual({ outcome: 'Finished', result: null });
  });
});

describe('in a process of its own', () => {
  const handlers = writeHandlers(sourceOf('process'));
  let host: Host;
  const newFile = () => join(dirname(handlers.file), randomUUID());
  beforeAll(async () => {
    host = await openHost({ handlersFile: handlers.file });
  });
  afterAll(async () => {
    await host.executor.close();
    handlers.remove();
  });

  test('a handler does not leave its changes to the next ones, and the log says which', async () => {
    const changes = [
      'clock',
      'prototype',
      'umask',
      'redirected',
      'catcher',
      'capture',
      'directory',
      'files',
      'buffers',
    ];
    const before = await host.run('id');
    expect(await host.run('change', [...changes, 'immediates', 'watch', 'port'])).toMatchObject({ result: null });
    expect(await host.run('id')).not.toEqual(before);
    const left = host.lines.flatMap(({ fields }) => fields.left ?? []).map(String);
    expect(left).toEqual(expect.arrayContaining(NAMES_OF_CHANGES));
  });

  test.each(['json', 'promise', 'immediate', 'stdout', 'ended', 'deaf'])(
    'a handler that breaks its own process harms no other: %s',
    async (kind) => {
      const before = await host.run('id');
      expect(await host.run('change', [kind])).toEqual({ outcome: 'Finished', result: null });
      expect(await host.run('id')).not.toEqual(before);
    },
  );

  test('a signal does not open a debugger in a process of handlers', async () => {
    expect(await host.run('debugged')).toEqual({ outcome: 'Finished', result: 'no debugger' });
  });

  test('a handler that is tidy keeps its process', async () => {
    await host.run('tidy');
    const before = await host.run('id');
    expect(await host.run('tidy')).toEqual({ outcome: 'Finished', result: null });
    expect(await host.run('id')).toEqual(before);
  });

  test.each(['program', 'daemon'])('a program leaves no %s', async (handler) => {
    const file = newFile();
    expect(await host.run(handler, file)).toEqual({ outcome: 'Finished', result: null });
    expect(readProcess(readFileSync(file, 'utf8').trim())).toBeUndefined();
  });

  test.each(['return', 'throw', 'crash'])('a handler leaves no daemon when it ends by "%s"', async (end) => {
    const file = newFile();
    await host.run('start', { files: { daemon: file }, end });
    expect(readProcess(readFileSync(file, 'utf8').trim())).toBeUndefined();
  });
});

/** Which of the processes that wrote their ids to these files still run. */
function livingOf(files: Readonly<Record<string, string>>): string[] {
  return Object.keys(files).filter((kind) => readProcess(readFileSync(String(files[kind]), 'utf8').trim()));
}

function sizeOf(file: string): number {
  return existsSync(file) ? statSync(file).size : 0;
}
