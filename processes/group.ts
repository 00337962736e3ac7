import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleepFor } from 'node:timers/promises';

const POLL_MS = 10;
const SERVER_STDERR = 2;

/**
 * The group's leader leaves a guard behind in its group and then becomes the program itself. The guard reads the
 * lifeline, which only the server holds and never writes to: its end is the server's end, however that died, and then
 * the guard kills the whole group, itself included. It is no child of the program, which may wait for its own
 * children. The program keeps the server's stderr as 4: who waits for that to close, waits for all of the group.
 */
const GUARD = `(trap '' HUP INT TERM; read -r _; kill -KILL 0) <&3 >/dev/null 2>&4 5>&- &`;
const LEADER = `(${GUARD}); exec "$@" 3<&-`;

type GroupOptions = {
  /** The program and its arguments. */
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** stdin, stdout and stderr of the program. */
  readonly stdio: readonly ('pipe' | 'ignore' | 'inherit')[];
  readonly ipc: boolean;
};
export type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null; readonly fault?: unknown };
export type Group = {
  readonly leader: ChildProcess;
  /** SIGKILL to every process of the group. */
  readonly kill: () => void;
  /** How the program ended; resolves when no process of its group is left and its pipes are closed. */
  readonly gone: Promise<Exit>;
};

/** Runs a program as the leader of a process group of its own, which dies with this server whatever happens. */
export function openGroup({ argv, env, stdio, ipc }: GroupOptions): Group {
  const channels: SpawnOptions['stdio'] = [...stdio, 'pipe', SERVER_STDERR, ...(ipc ? ['ipc' as const] : [])];
  const leader = spawn('/bin/sh', ['-c', LEADER, 'lastcall', ...argv], { detached: true, stdio: channels, env });
  return { leader, kill: () => killGroup(leader.pid), gone: waitUntilGone(leader) };
}

async function waitUntilGone(leader: ChildProcess): Promise<Exit> {
  const closed = new Promise((resolve) => leader.once('close', resolve));
  const exit = await exitOf(leader);
  // The guard is still there, so the group's id cannot have passed to others.
  killGroup(leader.pid);
  await closed;
  while (leader.pid !== undefined && groupLives(leader.pid)) await sleepFor(POLL_MS);
  return exit;
}

function exitOf(leader: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    leader.once('exit', (code, signal) => resolve({ code, signal }));
    leader.on('error', (fault) => leader.pid === undefined && resolve({ code: null, signal: null, fault }));
  });
}

function killGroup(groupId: number | undefined): void {
  if (groupId !== undefined) signalGroup(groupId, 'SIGKILL');
}

/** Whether a process of the group still runs. Ended ones that nobody has waited for yet do not count. */
export function groupLives(groupId: number): boolean {
  const answer = signalGroup(groupId, 0);
  if (answer === 'ESRCH') return false;
  if (process.platform === 'linux') return readdirSync('/proc').some((pid) => runsIn(pid, groupId));
  return answer !== 'EPERM';
}

/** The answer of the system: ESRCH when there is no such group, EPERM on macOS when only ended processes are left in it. */
function signalGroup(groupId: number, signal: NodeJS.Signals | 0): string | undefined {
  try {
    process.kill(-groupId, signal);
    return undefined;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}

function runsIn(pid: string, groupId: number): boolean {
  if (!/^\d+$/.test(pid)) return false;
  const [state, , group] = readStatus(pid);
  return Number(group) === groupId && state !== 'Z' && state !== 'X';
}

/** The fields of /proc/<pid>/stat from the state on; none when the process has ended while we looked. */
function readStatus(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ');
  } catch {
    return [];
  }
}
