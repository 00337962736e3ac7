/**
 * One system for all suites of a jest worker that need no other: the first suite starts it, the later ones find it. It
 * ends with its worker, and before that if no suite wants it for a while: at rest it takes 4 % of a processor. Each
 * suite leaves it idle; a system that is not idle in time is killed, and the next suite starts another.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { WITNESS } from '#test/support/witness/runs';
import { clearJobs, type OwnJobs } from './own-jobs.ts';
import { freePorts } from './ports.ts';
import { readServers } from './records.ts';
import { atTheEnd, commandAt, eventually, isHealthyAt, type SystemAt, systemAt, untilStarted } from './system.ts';

export const SHARED = { servers: 2, slots: 4, heartbeatSeconds: 1, drainSeconds: 20 } as const;
const OPTIONS = [
  ...['--servers', String(SHARED.servers), '--slots', String(SHARED.slots), '--handlers', WITNESS],
  ...['--heartbeat-seconds', String(SHARED.heartbeatSeconds), '--drain-seconds', String(SHARED.drainSeconds)],
];
const IDLE_LIMIT_MS = 30_000;
/**
 * Runs the command, and kills it when this shell's input closes: with the end of the worker, however that ends; and
 * when it has been free at two looks in a row. A suite takes the file that says so away, which only one of them can.
 */
const KEEPER = `exec 3<&0
  "$@" >"$0/output" 2>&1 </dev/null & system=$!
  { cat <&3 >/dev/null; rm -rf "$0"; kill -9 $system; } & watch=$!
  { while sleep 10; do mv "$0/idle" "$0/ended" && break; mv "$0/free" "$0/idle"; done 2>/dev/null
    kill -9 $system; } & look=$!
  wait $system; kill $watch $look`;
/** Only one worker has this process id at a time. */
const DIRECTORY = join(tmpdir(), `lastcall-tests-${process.pid}`);
const RECORD = join(DIRECTORY, 'system.json');
const recordSchema = z.object({ port: z.number(), keeper: z.number() });
type Record = z.infer<typeof recordSchema>;

/** The worker's system, with both servers at work. What the suite leaves behind is ended with it. */
export async function shareSystem(): Promise<SystemAt & OwnJobs> {
  const record = (await findSystem()) ?? (await startSystemOfWorker());
  const system = systemAt(record.port, readOutput);
  await eventually(() => isIdle(system));
  const cleared = await clearJobs(system);
  atTheEnd(() =>
    eventually(() => isIdle(system), { limitMs: IDLE_LIMIT_MS }).then(
      () => writeFileSync(join(DIRECTORY, 'free'), ''),
      () => kill(record),
    ),
  );
  return cleared;
}

async function findSystem(): Promise<Record | undefined> {
  if (!take('free') && !take('idle')) return undefined;
  const record = recordSchema.parse(JSON.parse(readFileSync(RECORD, 'utf8')));
  return (await isHealthyAt(record.port).catch(() => false)) ? record : undefined;
}

/** False if the system is not free by this file's word. */
function take(file: 'free' | 'idle'): boolean {
  try {
    renameSync(join(DIRECTORY, file), join(DIRECTORY, 'taken'));
    return true;
  } catch {
    return false;
  }
}

async function startSystemOfWorker(): Promise<Record> {
  rmSync(DIRECTORY, { recursive: true, force: true });
  mkdirSync(DIRECTORY);
  const { port, child } = await untilStarted(async () => {
    const first = await freePorts(4);
    return { child: keep(commandAt(first, OPTIONS)), port: first, output: readOutput };
  });
  const record = { port, keeper: child.pid ?? 0 };
  writeFileSync(RECORD, JSON.stringify(record));
  return record;
}

/** The shell has a process group of its own, so that a Ctrl-C does not reach it before the worker. */
function keep(command: readonly string[]): ChildProcess {
  const child = spawn('sh', ['-c', KEEPER, DIRECTORY, ...command], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.unref();
  return child;
}

async function isIdle(system: SystemAt): Promise<boolean> {
  const servers = (await readServers(system)).filter(({ status }) => status !== 'Stopped');
  const idle = servers.filter(({ status, running }) => status === 'Active' && running.length === 0);
  return idle.length === SHARED.servers && servers.length === SHARED.servers;
}

function kill({ keeper }: Record): void {
  process.kill(-keeper, 'SIGKILL');
  rmSync(DIRECTORY, { recursive: true, force: true });
}

function readOutput(): string {
  return readFileSync(join(DIRECTORY, 'output'), 'utf8');
}
