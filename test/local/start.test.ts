import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { startDynamoDb } from '#local/aws/dynamodb/dynamodb';
import { createTables } from '#local/aws/dynamodb/tables';
import { TABLES } from '#store/schema';
import { freePorts } from '#test/support/flows/ports';
import { eventually, startSystem } from '#test/support/flows/system';

const REPOSITORY = join(import.meta.dirname, '..', '..');

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'start-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Runs the command to its end. */
async function lastcall(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const options = { cwd: REPOSITORY, env: { ...process.env, TMPDIR: directory, ...environment } };
  const child = spawn(process.execPath, ['bin/lastcall.js', ...args], options);
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { exitCode: child.exitCode, output, errors };
}

/** The processes of a system: its host, its engine with its guard, its servers. */
function processesOf(port: number): string[] {
  const marks = [
    `AWS_ENDPOINT_URL_ECS=http://127.0.0.1:${port + 3}\0`,
    `\0--port\0${port + 1}\0`,
    `\0--port\0${port}\0`,
  ];
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const isOurs = (pid: string) =>
    marks.some((mark) => (['environ', 'cmdline'] as const).some((file) => read(pid, file).includes(mark)));
  return pids.filter(isOurs);
}

function read(pid: string, file: 'environ' | 'cmdline'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    // It has ended meanwhile, or belongs to another user.
    return '';
  }
}

test('the version and the help are shown', async () => {
  expect(await lastcall(['--version'])).toEqual({ exitCode: 0, output: '0.1.0\n', errors: '' });
  const { exitCode, output } = await lastcall(['local', '--help']);
  expect([exitCode, output.match(/--[a-z-]+/g)]).toEqual([
    0,
    [
      '--port',
      '--servers',
      '--wake-servers',
      // Named in its description.
      '--servers',
      '--slots',
      '--reserved-slots',
      '--batch-groups',
      '--history-days',
      '--drain-seconds',
      '--heartbeat-seconds',
      '--data',
      '--handlers',
      '--demo',
      '--like-aws',
      '--help',
    ],
  ]);
});

test('a wrong option is refused with the list of the right ones', async () => {
  const { exitCode, errors } = await lastcall(['local', '--slots', 'many']);
  expect([exitCode, errors]).toEqual([
    2,
    expect.stringMatching(/'many' is invalid[\s\S]*--port <number>[\s\S]*--demo/),
  ]);
});

describe('a whole start', () => {
  test('restarts on its records after kill -9, stops on SIGTERM with exit code 0, and leaves no process, no lock and no scratch directory', async () => {
    const first = await startSystem({ data: directory, args: ['--servers', '1'] });
    const as = { token: await first.token('alice', ['BatchUser']) };
    const body = { name: 'kept', hold: true, tasks: [{ handler: 'echo' }] };
    expect((await first.call('POST', '/jobs', { as, body })).status).toBe(201);
    const refused = await lastcall(['local', '--port', String(await freePorts(4)), '--data', directory]);
    expect(refused).toMatchObject({
      exitCode: 1,
      errors: expect.stringContaining(`held by the process ${first.pid}:`),
    });
    await first.kill9();
    await eventually(() => processesOf(first.port).length === 0);

    const second = await startSystem({ data: directory, args: ['--servers', '1'] });
    expect((await second.call('GET', '/health', { as: 'nobody' })).status).toBe(200);
    expect((await second.call('GET', '/jobs', { as: 'nobody' })).status).toBe(401);
    const { body: jobs } = await second.call('GET', '/jobs');
    expect(jobs).toMatchObject({ items: [{ name: 'kept', status: 'Withhold', createdBy: 'alice' }] });
    await eventually(() => second.output().includes(`is ready at ${second.url}`));
    // The host, the server, the engine, its guard and the guard's watcher.
    expect(processesOf(second.port)).toHaveLength(5);
    expect(readdirSync(directory)).toContain('lock');
    expect(await second.stop()).toBe(0);
    expect(processesOf(second.port)).toEqual([]);
    expect(readdirSync(directory).filter((name) => /lock|scratch/.test(name))).toEqual([]);
  });

  test('ends with exit code 1 and the reason when its records in memory are lost', async () => {
    const system = await startSystem({ args: ['--servers', '0'] });
    const isEngine = (pid: string) => read(pid, 'cmdline').split('\0')[0]?.endsWith('/dynoxide');
    for (const pid of processesOf(system.port).filter(isEngine)) process.kill(Number(pid), 'SIGKILL');
    await eventually(() => processesOf(system.port).length === 0);
    expect(await system.stop()).toBe(1);
    expect(system.output()).toMatch(/DynamoDB ended with exit code 137, and its records were in memory/);
  });

  test('is stopped by one Ctrl-C that arrives twice, as npm sends it', async () => {
    const system = await startSystem({ args: ['--servers', '1'] });
    // It answers requests a moment before it says so; until then a signal ends its start.
    await eventually(() => system.output().includes(`is ready at ${system.url}`));
    process.kill(system.pid ?? 0, 'SIGINT');
    expect(await system.stop()).toBe(0);
    // Which of two signals a process handles first is not certain.
    expect(system.output().match(/SIG\w+: stopping\. Running tasks have up to 10 s to end/g)).toHaveLength(1);
    expect(processesOf(system.port)).toEqual([]);
  });
});

test('a second Ctrl-C ends even a server that cannot stop', async () => {
  const system = await startSystem({ data: directory, args: ['--servers', '1'] });
  // What the server itself starts looks like the server until it runs its own program.
  const [, server] = await eventually(() => /runs as process (\d+)/.exec(system.output()) ?? false);
  // A halted process does not react to SIGTERM.
  process.kill(Number(server), 'SIGSTOP');
  await eventually(() => {
    const isAlive = processesOf(system.port).includes(String(system.pid));
    if (isAlive) process.kill(system.pid ?? 0, 'SIGINT');
    return !isAlive;
  });
  expect(await system.stop()).toBe(130);
  // It does not wait for the processes that it has killed.
  await eventually(() => processesOf(system.port).length === 0);
  expect(readdirSync(directory)).not.toContain('lock');
});

test('a Ctrl-C during the start is answered at once, and a second one ends it', async () => {
  const [file, loading] = ['slow.mjs', 'loading'].map((name) => join(directory, name));
  writeFileSync(
    String(file),
    `import { existsSync, writeFileSync } from 'node:fs';
     import { setTimeout as sleep } from 'node:timers/promises';
     writeFileSync('${loading}', '');
     while (existsSync('${loading}')) await sleep(50);`,
  );
  const args = ['local', '--port', String(await freePorts(4)), '--handlers', String(file)];
  const child = spawn(process.execPath, ['bin/lastcall.js', ...args], { cwd: REPOSITORY });
  const [ended, output] = [once(child, 'close'), text(child.stdout)];
  await eventually(() => existsSync(String(loading)));
  child.kill('SIGINT');
  await eventually(() => child.exitCode !== null || !child.kill('SIGINT'));
  rmSync(String(loading));
  await ended;
  expect(child.exitCode).toBe(130);
  expect(await output).toMatch(/^SIGINT: stopping when the start has ended; press Ctrl-C again to end all at once\.$/m);
  expect(await output).not.toContain('is ready');
});

describe('a start fails and leaves nothing', () => {
  test('because a port is in use, and names the port', async () => {
    const port = await freePorts(4);
    const other = createServer().listen(port + 2, '127.0.0.1');
    await once(other, 'listening');
    const { exitCode, errors } = await lastcall(['local', '--port', String(port), '--data', join(directory, 'data')]);
    await once(other.close(), 'close');
    expect([exitCode, errors]).toEqual([1, `lastcall: Port ${port + 2} is in use: choose others with --port.\n`]);
    expect(readdirSync(directory)).toEqual([]);
  });

  test('because the tables have other keys', async () => {
    const port = await freePorts(4);
    const other = { ...TABLES.jobs, partitionKey: 'other', indexes: [] };
    const setup = { port: port + 1, file: join(directory, 'records.db'), log: () => {}, onLost: () => {} };
    const engine = await startDynamoDb(setup);
    await createTables({ endpoint: engine.url, prefix: 'lastcall-', tables: [other] });
    await engine.close();
    const { exitCode, errors } = await lastcall(['local', '--port', String(port), '--data', directory]);
    expect([exitCode, errors]).toEqual([1, expect.stringContaining('lastcall-jobs exists with other keys')]);
    expect(processesOf(port)).toEqual([]);
    expect(readdirSync(directory).filter((name) => /lock|lastcall-/.test(name))).toEqual([]);
  });

  test('because the journal of the containers cannot be read, when everything but ECS has started', async () => {
    const port = await freePorts(4);
    writeFileSync(join(directory, 'containers.json'), 'not what it should be');
    const { exitCode, errors } = await lastcall(['local', '--port', String(port), '--data', directory]);
    expect([exitCode, errors]).toEqual([1, expect.stringContaining('ECS did not start')]);
    expect(processesOf(port)).toEqual([]);
    expect(existsSync(join(directory, 'lock'))).toBe(false);
  });

  test.each([
    [{ LASTCALL_ISSUER: 'https://issuer.example' }, /LASTCALL_ISSUER, LASTCALL_AUDIENCE and LASTCALL_JWKS_URI/],
    [{ AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:9' }, /ECONNREFUSED/],
    [{ LASTCALL_SEED: 'seven' }, /LASTCALL_SEED/],
  ])('because the environment has %j', async (environment, message) => {
    const port = await freePorts(4);
    const { exitCode, errors } = await lastcall(['local', '--port', String(port)], environment);
    expect([exitCode, errors]).toEqual([1, expect.stringMatching(message)]);
    expect(processesOf(port)).toEqual([]);
    expect(readdirSync(directory)).toEqual([]);
  });
});
