/**
 * The system under trial: `lastcall local` as a process of its own, that can be killed and started on the same records.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '#bench/system';
import { refuseTakenPorts } from '#local/ports';
import { WITNESS } from '#test/support/witness/runs';
import { enginePids, killAll, serverPids } from './processes.ts';

const REPOSITORY = join(import.meta.dirname, '..', '..');
const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 30_000;
const REMOVE_ATTEMPTS = 20;
export const SERVERS = 3;
const SETTINGS = ['--servers', String(SERVERS), '--slots', '4', '--heartbeat-seconds', '1', '--drain-seconds', '6'];

type Given = {
  readonly port: number;
  /** What the system prints goes to this file with `.system` behind its name. */
  readonly log?: string;
  /** The options of the system; by default those of a trial. */
  readonly settings?: readonly string[];
  /** Keeps AWS's limits and manners; what happens by chance there follows the seed. */
  readonly likeAws?: boolean;
  readonly seed?: number;
};

export type Host = {
  readonly port: number;
  readonly url: string;
  /** Where the handlers write. */
  readonly witnessFile: string;
  readonly likeAws: boolean;
  /** The pids of its parts as they are now. */
  pids(): { readonly host: number[]; readonly engine: number[]; readonly servers: number[] };
  /** Ends at once with all that belongs to it, and is started again after that time. */
  crash(pauseMs: number): Promise<void>;
  /** Whether it was down, or about to be, at any moment between these two. */
  wasDown(fromMs: number, toMs: number): boolean;
};

/** Starts a system with its own directory and does the work. Processes and directory are gone afterwards. */
export async function withHost<T>(given: Given, work: (host: Host) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'lastcall-chaos-'));
  const downs: { fromMs: number; toMs: number }[] = [];
  let child: ChildProcess | undefined;
  const pids = () => ({
    host: child?.pid === undefined || hasEnded(child) ? [] : [child.pid],
    engine: enginePids(dataIn(directory)),
    servers: serverPids(given.port),
  });
  const clear = () => {
    const { host, engine, servers } = pids();
    killAll([...host, ...engine, ...servers]);
    rmSync(directory, { recursive: true, force: true, maxRetries: REMOVE_ATTEMPTS });
  };
  process.once('exit', clear);
  for (const [signal, exitCode] of SIGNALS) process.once(signal, () => process.exit(exitCode));
  try {
    child = await start(given, directory);
    const result = await work({
      port: given.port,
      url: urlOf(given.port),
      witnessFile: join(directory, 'witness'),
      likeAws: given.likeAws ?? false,
      pids,
      async crash(pauseMs) {
        const down = { fromMs: Date.now(), toMs: Number.POSITIVE_INFINITY };
        downs.push(down);
        if (child) await end(child, 'SIGKILL');
        await sleep(pauseMs);
        child = await start(given, directory);
        down.toMs = Date.now();
      },
      wasDown: (fromMs, toMs) => downs.some((down) => down.fromMs <= toMs && fromMs <= down.toMs),
    });
    return result;
  } finally {
    if (child) await end(child, 'SIGTERM');
    clear();
    process.off('exit', clear);
  }
}

const SIGNALS = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const;

function dataIn(directory: string): string {
  return join(directory, 'data');
}

async function start(given: Given, directory: string): Promise<ChildProcess> {
  const { port, log, settings = SETTINGS, likeAws = false, seed = 1 } = given;
  const ports = [port, port + 1, port + 2, port + 3];
  const isFree = () =>
    refuseTakenPorts(ports).then(
      () => true,
      () => false,
    );
  await until(isFree, Boolean, STOP_LIMIT_MS);
  // The settings come last: of an option that is given twice the second counts.
  const own = ['--port', String(port), '--data', dataIn(directory), '--handlers', WITNESS];
  const child = spawn(
    process.execPath,
    ['bin/lastcall.js', 'local', ...own, ...settings, ...(likeAws ? ['--like-aws'] : [])],
    {
      cwd: REPOSITORY,
      env: { ...process.env, LASTCALL_SEED: String(seed) },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  keep(child, log);
  // Another system may have taken the ports at the same moment: its engine keeps its records elsewhere.
  const isHealthy = () =>
    fetch(`${urlOf(port)}/health`).then(
      ({ ok }) => ok && enginePids(dataIn(directory)).length > 0,
      () => false,
    );
  await until(isHealthy, (healthy) => healthy || hasEnded(child), START_LIMIT_MS);
  if (hasEnded(child)) throw new Error('The system ended at its start; --log FILE says why.');
  return child;
}

/** What it prints must be taken from it in any case, or it would stop to wait for that. */
function keep(child: ChildProcess, log?: string): void {
  for (const stream of [child.stdout, child.stderr]) {
    if (log === undefined) stream?.resume();
    else stream?.pipe(createWriteStream(`${log}.system`, { flags: 'a' }));
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (hasEnded(child)) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  const late = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
  await exited;
  clearTimeout(late);
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

function urlOf(port: number): string {
  return `http://127.0.0.1:${port}`;
}
