/** Process groups that die with this process. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 10;
const SERVER_STDERR = 2;

/**
 * The group's leader starts a guard in the group and then becomes the program. The guard reads the lifeline, a pipe
 * that only this process holds and never writes to. When the pipe ends, this process has died, and the guard kills the
 * whole group. The guard is no child of the program, because the program may wait for its children. The program keeps
 * this process's stderr as descriptor 4; waiting for that to close waits for the whole group.
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
  /** Sends SIGKILL to every process of the group. */
  readonly kill: () => void;
  /** How the program ended. Settles when no process of the group lives and the pipes are closed. */
  readonly gone: Promise<Exit>;
};

/** Runs a program as the leader of a new process group, which dies with this process, even after a SIGKILL. */
export function openGroup({ argv, env, stdio, ipc }: GroupOptions): Group {
  const channels: SpawnOptions['stdio'] = [...stdio, 'pipe', SERVER_STDERR, ...(ipc ? ['ipc' as const] : [])];
  const leader = spawn('/bin/sh', ['-c', LEADER, 'lastcall', ...argv], { detached: true, stdio: channels, env });
  return { leader, kill: () => killGroup(leader.pid), gone: waitUntilGone(leader) };
}

async function waitUntilGone(leader: ChildProcess): Promise<Exit> {
  const closed = new Promise((resolve) => leader.once('close', resolve));
  const exit = await exitOf(leader);
  // The guard still lives, so no other group can have this id.
  killGroup(leader.pid);
  await closed;
  // No limit: an attempt must not count as ended while one of its processes lives.
  while (leader.pid !== undefined && groupLives(leader.pid)) await sleep(POLL_MS);
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

/** Whether a process of the group still runs. Zombies do not count. */
export function groupLives(groupId: number): boolean {
  const answer = signalGroup(groupId, 0);
  if (answer === 'ESRCH') return false;
  if (process.platform === 'linux') return readdirSync('/proc').some((pid) => runsIn(pid, groupId));
  return answer !== 'EPERM';
}

/** The error code: ESRCH when there is no such group; EPERM on macOS when the group has only zombies. */
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

/** The fields of /proc/<pid>/stat from the state on; none when the process has ended meanwhile. */
function readStatus(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ');
  } catch {
    return [];
  }
}
