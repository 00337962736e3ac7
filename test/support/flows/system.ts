/**
 * The whole system for tests: `lastcall local` as a process of its own, called over HTTP. Suites named `.local.test.ts`
 * need what only a system on this machine has: its processes, its ports, options of their own. All others go through
 * `any-system.ts`.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll } from '@jest/globals';
import { type Client, clientOf, issuedToken } from './client.ts';
import { freePorts } from './ports.ts';
import { IS_LIKE_AWS } from './world.ts';

/** A system by its ports. */
export type SystemAt = Client & {
  readonly port: number;
  /** All that it has printed so far. */
  output(): string;
};
/** A system that a suite has started for itself. */
export type System = SystemAt & {
  readonly pid: number | undefined;
  /** SIGTERM; the exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL, with no chance to clean up. */
  kill9(): Promise<void>;
};
export type Started = { readonly child: ChildProcess; readonly port: number; readonly output: () => string };

const START_LIMIT_MS = 20_000;
const STOP_LIMIT_MS = 25_000;
const START_ATTEMPTS = 3;
const FIRST_POLL_MS = 20;
/** A look at a system costs the machine several milliseconds, and most waits are short. */
const MAX_POLL_MS = 400;
const POLL_GROWTH = 1.2;
/**
 * How much longer than its limit a wait may last. Here other processes may use the processors. Another system has its
 * own heartbeat, its own way to it, and containers that take a minute to start.
 */
const PATIENCE = process.env.LASTCALL_URL === undefined ? 3 : 6;
const REPOSITORY = join(import.meta.dirname, '..', '..', '..');

const running = new Set<ChildProcess>();
const lastActs: (() => Promise<void>)[] = [];
// Hooks run in the order in which files are loaded: this one runs before those of the suite.
afterAll(async () => {
  try {
    for (const act of lastActs) await act();
  } finally {
    for (const child of running) child.kill('SIGKILL');
    await Promise.all([...running].map((child) => once(child, 'exit')));
  }
});

/** Does this when the suite has ended, before the systems that it has started are killed. */
export function atTheEnd(act: () => Promise<void>): void {
  lastActs.push(act);
}

type Env = Readonly<Record<string, string>>;
type SystemOptions = { readonly args?: string[]; readonly data?: string; readonly env?: Env };

/** Starts a system on ports of its own and returns when it is healthy; fails at once, with its output, when it ends. */
export async function startSystem({ args = [], data, env = {} }: SystemOptions = {}): Promise<System> {
  const all = [...args, ...(data === undefined ? [] : ['--data', data])];
  const started = await untilStarted(async () => launch(await freePorts(4), all, env));
  const { child, port, output } = started;
  return {
    ...systemAt(port, output),
    pid: child.pid,
    stop: () => end(started, 'SIGTERM'),
    kill9: async () => void (await end(started, 'SIGKILL')),
  };
}

export function systemAt(port: number, output: () => string): SystemAt {
  return { ...clientOf(urlAt(port), issuedToken), port, output };
}

/** What starts a system at that port. */
export function commandAt(port: number, args: readonly string[]): string[] {
  const all = ['--port', String(port), ...(IS_LIKE_AWS ? ['--like-aws'] : []), ...args];
  return [process.execPath, join(REPOSITORY, 'bin', 'lastcall.js'), 'local', ...all];
}

export async function isHealthyAt(port: number): Promise<boolean> {
  return (await fetch(`${urlAt(port)}/health`)).ok;
}

/**
 * The first value other than undefined and false that `check` returns. While it returns those, or throws, it is asked
 * again until the limit, several times over (PATIENCE); then the last error is thrown. The one place of the tests that
 * waits by the clock.
 */
export async function eventually<T>(
  check: () => T | Promise<T>,
  { limitMs = 10_000 }: { limitMs?: number } = {},
): Promise<Exclude<T, undefined | false>> {
  const deadline = performance.now() + limitMs * PATIENCE;
  for (let pollMs = FIRST_POLL_MS; ; pollMs = Math.min(pollMs * POLL_GROWTH, MAX_POLL_MS)) {
    const seen = await Promise.resolve()
      .then(check)
      .then(
        (value) => ({ value }),
        (error: unknown) => ({ error }),
      );
    if ('value' in seen && isThere(seen.value)) return seen.value;
    if (performance.now() > deadline)
      throw 'error' in seen ? seen.error : new Error(`Still not so after ${limitMs * PATIENCE} ms.`);
    await sleep(pollMs);
  }
}

function isThere<T>(value: T): value is Exclude<T, undefined | false> {
  return value !== undefined && value !== false;
}

/** What was launched, once it is healthy; another test run can take a port between our look at it and our use of it. */
export async function untilStarted(
  launchOne: () => Promise<Started>,
  attempts: number = START_ATTEMPTS,
): Promise<Started> {
  const started = await launchOne();
  const failure = await failureToStart(started);
  if (failure === undefined) return started;
  const output = started.output();
  if (attempts > 1 && /Port \d+ is in use|EADDRINUSE/.test(output)) return await untilStarted(launchOne, attempts - 1);
  throw new Error(`The system ${failure}:\n${output}`);
}

function launch(port: number, args: readonly string[], env: Env): Started {
  const [program = '', ...rest] = commandAt(port, args);
  const child = spawn(program, rest, {
    cwd: REPOSITORY,
    env: { ...process.env, ...env },
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
  await eventually(() => hasEnded(child) || isHealthyAt(port), { limitMs: START_LIMIT_MS }).catch((error) => {
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
  const late = sleep(STOP_LIMIT_MS * PATIENCE, 'late', { signal: patience.signal }).catch(() => 'in time');
  if ((await Promise.race([closed, late])) === 'late') {
    child.kill('SIGKILL');
    throw new Error(`The system did not end within ${STOP_LIMIT_MS * PATIENCE} ms:\n${output()}`);
  }
  patience.abort();
  return child.exitCode;
}

function urlAt(port: number): string {
  return `http://127.0.0.1:${port}`;
}
