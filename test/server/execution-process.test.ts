import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { MAX_ERROR_CHARACTERS, MAX_ERROR_NAME_CHARACTERS } from '#domain/limits';
import { groupLives } from '#processes/process-group';
import { readProcess } from '#processes/process-table';
import { eventually } from '#test/support/flows/system';
import { type Host, openHost, stop, within, writeHandlers } from '#test/support/server/execution-host';

const SOURCE = `
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import { defineCommand, defineHandler } from 'lastcall/sdk';

const isolated = (name: string, run: (input: unknown, context: any) => unknown) =>
  defineHandler({ name, isolation: 'process', run });
const shell = (name: string, script: string) => defineCommand({ name, command: ['sh', '-c', script] });

export default [
  isolated('ids', (input, { jobId, taskId }) => ({ pid: process.pid, jobId, taskId, input })),
  isolated('leaver', () => { spawn('sleep', ['60'], { stdio: 'ignore' }).unref(); return process.pid; }),
  isolated('listener', (_, { signal, log }) => new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(signal.reason.name));
    log('listening');
  })),
  isolated('blocked', (_, { log }) => {
    log('blocked', { pid: process.pid });
    execFileSync('sleep', ['60'], { stdio: 'ignore' });
  }),
  isolated('scattered', async (_, { log }) => {
    const child = spawn('env', ['-i', 'setsid', 'sleep', '60'], { stdio: 'ignore' });
    log('scattered', { pid: child.pid });
    await new Promise(() => {});
  }),
  isolated('exit', () => process.exit(3)),
  isolated('killed', () => { process.kill(process.pid, 'SIGKILL'); return new Promise(() => {}); }),
  isolated('silent', () => { closeSync(5); openSync('/dev/null', 'w'); }),
  isolated('talkative', (_, { log }) => { log('x'.repeat(3_000_000)); throw new Error('y'.repeat(3_000_000)); }),
  isolated('large', () => 'x'.repeat(70_000)),
  isolated('poster', (report) => {
    writeSync(5, JSON.stringify(report) + String.fromCharCode(10));
    return new Promise(() => {});
  }),
  shell('reply', 'printf \\'{"input": %s, "ids": "%s %s %s"}\\' "$(cat)" $LASTCALL_JOB_ID $LASTCALL_TASK_ID $LASTCALL_ATTEMPT'),
  shell('chatter', 'echo just talking'),
  { ...shell('chat', 'echo just talking'), output: 'text' },
  shell('wrong', 'echo the reason >&2; exit 4'),
  shell('numbers', 'printf "["; for n in $(seq 13000); do printf "1e20,"; done; printf "1]"'),
  shell('count', 'echo 12345678901234567890'),
  shell('deep', 'for c in "[" "]"; do head -c 20000 /dev/zero | tr "\\\\0" "$c"; done'),
  shell('much', 'head -c 70000 /dev/zero | tr "\\\\0" x'),
  { ...shell('polite', 'trap "echo 5; exit 0" TERM; echo $$ >&2; sleep 60 >&- 2>&- & wait'), cancelSignal: 'SIGTERM' },
  { ...shell('stubborn', 'trap "" TERM; sleep 60 & echo $$ >&2; sleep 60'), cancelSignal: 'SIGTERM' },
  { ...shell('killed-by-it', 'echo $$ >&2; exec sleep 60'), cancelSignal: 'SIGTERM' },
  { ...shell('failed-by-it', 'trap "echo torn >&2; exit 7" TERM; echo $$ >&2; sleep 60 >&- 2>&- & wait'), cancelSignal: 'SIGTERM' },
  shell('plain', 'echo ready >&2; sleep 0.5; echo 1'),
  shell('waiting', 'echo $$ >&2; exec sleep 60'),
  shell('blank', 'echo 77u/wqA= | base64 -d'),
  shell('marked', 'echo 77u/MQ== | base64 -d'),
  shell('latin1', 'echo ImNhZuki | base64 -d'),
  shell('twice', 'echo 1; echo 2'),
  shell('again', 'echo \\'{"rows": [{"id": 1, "id": 2}]}\\''),
  defineCommand({ name: 'missing', command: ['/no/such/program'] }),
  defineCommand({ name: 'refused', command: ['echo', 'x'.repeat(200_000)] }),
];
`;

/** Less than 64 KiB as it is, and more when JavaScript writes it again: each number then has 21 digits. */
const NUMBERS = `[${'1e20,'.repeat(13_000)}1]`;
const handlers = writeHandlers(SOURCE);
let host: Host;
beforeAll(async () => {
  host = await openHost({ handlersFile: handlers.file });
});
afterAll(async () => {
  await host.executor.close();
  handlers.remove();
});

describe('a handler in a process of its own', () => {
  test('gets its input and returns its result', async () => {
    const ending = await host.run('ids', { a: 1 });
    const result = { pid: expect.any(Number), jobId: 'j1', taskId: expect.any(String), input: { a: 1 } };
    expect(ending).toEqual({ outcome: 'Finished', result });
  });

  test('leaves nothing of its group behind', async () => {
    const ending = await host.run('leaver');
    expect(ending).toEqual({ outcome: 'Finished', result: expect.any(Number) });
    if (ending.outcome === 'Finished') expect(groupLives(Number(ending.result))).toBe(false);
  });

  test('hears the cancel', async () => {
    const running = host.start('listener');
    await host.logged('listening');
    running.tell('Cancelling');
    expect(await within(running.ended)).toEqual({ outcome: 'Finished', result: 'Cancelling' });
  });

  test('is stopped at once, even in native code', async () => {
    const running = host.start('blocked');
    const { pid } = (await host.logged('blocked')).fields;
    expect(groupLives(Number(pid))).toBe(true);
    expect(await stop(running)).toEqual({ outcome: 'Stopped' });
    expect(groupLives(Number(pid))).toBe(false);
  });

  test('has crashed if its process ends before it returns', async () => {
    const exit = { name: 'HandlerCrashed', message: expect.stringContaining('exit code 3') };
    expect(await host.run('exit')).toMatchObject({ outcome: 'Error', error: exit });
    const kill = { name: 'HandlerCrashed', message: expect.stringContaining('SIGKILL') };
    expect(await host.run('killed')).toMatchObject({ outcome: 'Error', error: kill });
  });

  test('has crashed if it closes its channel to the server', async () => {
    const error = { name: 'HandlerCrashed', message: expect.stringContaining('closed its channel') };
    expect(await host.run('silent')).toMatchObject({ outcome: 'Error', error });
  });

  test('may log and throw what is too long to be kept', async () => {
    expect(await host.run('talkative')).toMatchObject({ error: { message: 'y'.repeat(MAX_ERROR_CHARACTERS) } });
  });

  test('obeys the limit of results', async () => {
    expect(await host.run('large')).toMatchObject({ error: { name: 'ResultTooLarge' } });
  });

  test('cannot get around the limits with a report of its own', async () => {
    const posting = await openHost({ handlersFile: handlers.file });
    const sequence = [1, 2, 3, 4][Symbol.iterator]();
    const post = (report: object) => posting.run('poster', { ...report, sequence: sequence.next().value });
    const finished = (resultJson: string) => post({ type: 'finished', resultJson });
    expect(await finished(JSON.stringify('x'.repeat(70_000)))).toMatchObject({ error: { name: 'ResultTooLarge' } });
    expect(await finished(NUMBERS)).toMatchObject({ error: { name: 'ResultTooLarge' } });
    expect(await finished('{')).toMatchObject({ error: { name: 'ResultNotJson' } });
    const error = { name: 'n'.repeat(5_000), message: 'm'.repeat(5_000) };
    const cut = { name: 'n'.repeat(MAX_ERROR_NAME_CHARACTERS), message: 'm'.repeat(MAX_ERROR_CHARACTERS) };
    expect(await post({ type: 'failed', error })).toMatchObject({ outcome: 'Error', error: cut });
    await posting.executor.close();
  });
});

describe('a command', () => {
  test('reads its input and its ids, and writes its result to stdout', async () => {
    const ending = await host.run('reply', { a: 1 }, { attempt: 2 });
    expect(ending).toMatchObject({ result: { input: { a: 1 }, ids: expect.stringMatching(/^j1 t\d+ 2$/) } });
  });

  test('that prints text says so, and has no result; otherwise the text is refused', async () => {
    expect(await host.run('chatter')).toMatchObject({ error: { name: 'ResultNotJson' } });
    expect(await host.run('chat')).toEqual({ outcome: 'Finished', result: null });
    const talk = host.lines.find(({ fields }) => fields.handler === 'chat');
    expect(talk?.fields.stdout).toBe('just talking\n');
  });

  test('that fails is an error with its exit code and the end of its stderr', async () => {
    expect(await host.run('wrong')).toMatchObject({
      error: { name: 'CommandFailed', message: 'The program ended with exit code 4: the reason\n' },
    });
    expect(await host.run('missing')).toMatchObject({
      error: { message: expect.stringContaining('/no/such/program') },
    });
    expect(await host.run('much')).toMatchObject({ error: { name: 'ResultTooLarge' } });
  });

  test('that the system refuses to start has not run, and gives its slot back after a while', async () => {
    const refusing = await openHost({ handlersFile: handlers.file });
    expect(await refusing.run('refused')).toEqual({ outcome: 'NotStarted', why: expect.stringContaining('E2BIG') });
    expect(refusing.executor.freeSlots).toBe(0);
    await eventually(async () => refusing.executor.freeSlots === 1);
    await refusing.executor.close();
  });

  test('obeys the limit of results as they are kept, and its result must be JSON that can be written again', async () => {
    expect(await host.run('numbers')).toMatchObject({ error: { name: 'ResultTooLarge' } });
    expect(await host.run('deep')).toMatchObject({ error: { name: 'ResultNotJson' } });
    const changed = { name: 'ResultNotJson', message: expect.stringContaining('12345678901234567890') };
    expect(await host.run('count')).toMatchObject({ error: changed });
    const again = { name: 'ResultNotJson', message: 'The result has the key result.rows[0].id twice; write it once.' };
    expect(await host.run('again')).toMatchObject({ error: again });
  });

  test('receives the signal of its definition on a cancel, and nothing else', async () => {
    const said = saidOnStderr(/\d+/);
    const running = host.start('polite');
    await within(said);
    running.tell('ServerStopping');
    running.tell('Cancelling');
    expect(await within(running.ended)).toEqual({ outcome: 'Finished', result: 5 });
  });

  test.each([
    ['killed-by-it', 'HandlerCrashed', /SIGTERM, after Lastcall had sent SIGTERM, its cancelSignal/],
    ['failed-by-it', 'CommandFailed', /exit code 7, after Lastcall had sent SIGTERM, its cancelSignal[\s\S]*torn/],
  ])('that fails by the signal of its definition says who sent it: %s', async (handler, name, message) => {
    const said = saidOnStderr(/\d+/);
    const running = host.start(handler);
    await within(said);
    running.tell('Cancelling');
    const error = { name, message: expect.stringMatching(message) };
    expect(await within(running.ended)).toMatchObject({ outcome: 'Error', error });
  });

  test('without a signal in its definition runs to its end after a cancel', async () => {
    const said = saidOnStderr(/ready/);
    const running = host.start('plain');
    await within(said);
    running.tell('Cancelling');
    expect(await within(running.ended)).toEqual({ outcome: 'Finished', result: 1 });
  });

  test('that ends by the signal that stops its server is given back, and has crashed if no server stops', async () => {
    const start = async () => {
      const said = saidOnStderr(/\d+/);
      const running = host.start('waiting');
      process.kill(Number(await within(said)), 'SIGTERM');
      return running;
    };
    const stopping = await start();
    stopping.tell('ServerStopping');
    expect(await within(stopping.ended)).toEqual({ outcome: 'Stopped' });
    expect(await within((await start()).ended)).toMatchObject({ error: { name: 'HandlerCrashed' } });
  });

  test.each(['marked', 'blank', 'latin1', 'twice'])(
    'whose output would be changed to be kept is refused: %s',
    async (name) => {
      expect(await host.run(name)).toMatchObject({ error: { name: 'ResultNotJson' } });
    },
  );

  test('that ignores SIGTERM is stopped by force, with its children', async () => {
    const said = saidOnStderr(/\d+/);
    const running = host.start('stubborn');
    const group = Number(await within(said));
    running.tell('Cancelling');
    expect(await stop(running)).toEqual({ outcome: 'Stopped' });
    expect(groupLives(group)).toBe(false);
  });
});

test.each(['blocked', 'scattered'])(
  'what a handler has started dies with a server that is killed: %s',
  async (handler) => {
    const server = spawn(process.execPath, ['--input-type=module', '--eval', serverSource(handler)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const closed = once(server, 'close');
    const errors = text(server.stderr);
    const [line] = await within(once(createInterface(server.stdout), 'line'));
    const pid = Number(line);
    expect(readProcess(String(pid))).toBeDefined();
    server.kill('SIGKILL');
    // Every process of the group has the server's stderr: it closes when the last of them ends.
    await within(closed);
    await eventually(async () => readProcess(String(pid)) === undefined);
    expect(await errors).toBe('');
  },
);

function serverSource(handler: string): string {
  return `
    import { Executor } from '#server/execution/executor';
    const log = (message, fields) => console.log(fields.pid);
    const executor = await Executor.open({ slots: 1, handlersFile: ${JSON.stringify(handlers.file)}, log });
    executor.start({ jobId: 'j1', taskId: 't1', attempt: 1, handler: '${handler}', input: null });
  `;
}

/** The first text on this process's stderr that matches. A command's stderr goes there. */
function saidOnStderr(pattern: RegExp): Promise<string> {
  const write = process.stderr.write;
  return new Promise((resolve) => {
    process.stderr.write = (chunk: string | Uint8Array) => {
      if (!pattern.test(String(chunk))) return write.call(process.stderr, chunk);
      process.stderr.write = write;
      resolve(String(chunk));
      return true;
    };
  });
}
