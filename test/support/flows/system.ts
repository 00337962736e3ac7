/**
 * The whole system for tests: `lastcall local` as a process of their own, called over HTTP. Suites that start one themselves are named
 * `.local.test.ts`: they need its processes, its ports, its options, users or handlers of their own. All others go through `any-system.ts`.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll } from '@jest/globals';
import { type Client, clientOf, issuedToken } from './client.ts';
import { freePorts } from './ports.ts';

export type System = Client & {
  readonly port: number;
  readonly pid: number | undefined;
  /** SIGTERM; the exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL, with no chance to clean up. */
  kill9(): Promise<void>;
  /** All that it has printed so far. */
  output(): string;
};

type Started = { readonly child: ChildProcess; readonly port: number; readonly output: () => string };

const START_LIMIT_MS = 20_000;
const STOP_LIMIT_MS = 25_000;
const START_ATTEMPTS = 3;
const POLL_MS = 25;
/** Another system has its own heartbeat, its own way to it, and containers that take a minute to start. */
const PATIENCE = process.env.LASTCALL_URL === undefined ? 1 : 6;
const REPOSITORY = join(import.meta.dirname, '..', '..', '..');

const running = new Set<ChildProcess>();
const lastActs: (() => Promise<void>)[] = [];
// Hooks run in the order in which files are loaded: this one comes before those of the suite.
afterAll(async () => {
  try {
    for (const act of lastActs) await act();
  } finally {
    for (const child of running) child.kill('SIGKILL');
    await Promise.all([...running].map((child) => once(child, 'exit')));
  }
});

/** Has this done when the suite has ended, before the systems that it has started are killed. */
export function atTheEnd(act: () => Promise<void>): void {
  lastActs.push(act);
}

/** Starts a system on ports of its own and returns when it is healthy; fails at once, with its output, when it ends. */
export async function startSystem({ args = [], data }: { args?: string[]; data?: string } = {}): Promise<System> {
  const started = await start([...args, ...(data === undefined ? [] : ['--data', data])], START_ATTEMPTS);
  const { child, port, output } = started;
  return {
    ...clientOf(`http://127.0.0.1:${port}`, issuedToken),
    port,
    pid: child.pid,
    stop: () => end(started, 'SIGTERM'),
    kill9: async () => void (await end(started, 'SIGKILL')),
    output,
  };
}

/**
 * The first value other than undefined and false that `check` gives. While it gives those, or throws, it is asked again
 * until the limit, six times as long where LASTCALL_URL names the system; then the last error is thrown. The one place of the tests that
 * waits by the clock.
 */
export async function eventually<T>(
  check: () => T | Promise<T>,
  { limitMs = 10_000 }: { limitMs?: number } = {},
): Promise<Exclude<T, undefined | false>> {
  const deadline = performance.now() + limitMs * PATIENCE;
  for (;;) {
    const seen = await Promise.resolve()
      .then(check)
      .then(
        (value) => ({ value }),
        (error: unknown) => ({ error }),
      );
    if ('value' in seen && isThere(seen.value)) return seen.value;
    if (performance.now() > deadline)
      throw 'error' in seen ? seen.error : new Error(`Still not so after ${limitMs * PATIENCE} ms.`);
    await wait(POLL_MS);
  }
}

function isThere<T>(value: T): value is Exclude<T, undefined | false> {
  return value !== undefined && value !== false;
}

async function start(args: readonly string[], attempts: number): Promise<Started> {
  const port = await freePorts(4);
  const started = launch(port, args);
  const failure = await failureToStart(started);
  if (failure === undefined) return started;
  await end(started, 'SIGKILL');
  // Another test run can take a port between our look at it and our use of it.
  if (attempts > 1 && /Port \d+ is in use/.test(started.output())) return await start(args, attempts - 1);
  throw new Error(`The system ${failure}:\n${started.output()}`);
}

function launch(port: number, args: readonly string[]): Started {
  const child = spawn(process.execPath, ['bin/lastcall.js', 'local', '--port', String(port), ...args], {
    cwd: REPOSITORY,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  running.add(child);
  child.once('exit', () => running.delete(child));
  return { child, port, output: () => output };
}

async function failureToStart(started: Started): Promise<string | undefined> {
  const { child, port } = started;
  const isHealthy = () => fetch(`http://127.0.0.1:${port}/health`).then(({ ok }) => ok);
  await eventually(() => hasEnded(child) || isHealthy(), { limitMs: START_LIMIT_MS }).catch((error) => {
    child.kill('SIGKILL');
    throw new Error(`The system was not healthy in time (${error}):\n${started.output()}`);
  });
  return hasEnded(child) ? `ended with ${child.exitCode ?? child.signalCode}` : undefined;
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

async function end(started: Started, signal: NodeJS.Signals): Promise<number | null> {
  const { child, output } = started;
  if (hasEnded(child)) return child.exitCode;
  const closed = once(child, 'close');
  child.kill(signal);
  const patience = new AbortController();
  const late = wait(STOP_LIMIT_MS, 'late', { signal: patience.signal }).catch(() => 'in time');
  if ((await Promise.race([closed, late])) === 'late') {
    child.kill('SIGKILL');
    throw new Error(`The system did not end within ${STOP_LIMIT_MS} ms:\n${output()}`);
  }
  patience.abort();
  return child.exitCode;
}
