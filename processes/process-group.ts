/** Runs a program in a process group of its own, which cannot outlive the process that started it. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 10;
const SERVER_STDERR = 2;

/**
 * The group's leader starts a guard in its group and then becomes the program itself. The guard reads a pipe that only
 * the server holds and never writes to. The pipe closes when the server ends, however that ends; then the guard kills
 * the whole group, itself included. The guard is no child of the program, because the program may wait for its own
 * children. The program has the server's stderr as descriptor 4, which closes when the last process of the group ends.
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
/** How a program ended. A program that could not start has a `fault`. */
export type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null; readonly fault?: unknown };

/** A program and all processes of its group. */
export class ProcessGroup {
  /** The program's own process. */
  readonly leader: ChildProcess;
  /** How the program ended. Resolves when no process of the group is left and its pipes are closed. Never rejects. */
  readonly gone: Promise<Exit>;

  private constructor(leader: ChildProcess) {
    this.leader = leader;
    this.gone = this.#waitUntilGone();
  }

  /** Starts the program as the leader of a new group. A program that cannot be started is gone with a `fault`. */
  static start({ argv, env, stdio, ipc }: GroupOptions): ProcessGroup {
    const channels: SpawnOptions['stdio'] = [...stdio, 'pipe', SERVER_STDERR, ...(ipc ? ['ipc' as const] : [])];
    const shell = ['-c', LEADER, 'lastcall', ...argv];
    return new ProcessGroup(spawn('/bin/sh', shell, { detached: true, stdio: channels, env }));
  }

  /** Sends SIGKILL to every process of the group. */
  kill(): void {
    if (this.leader.pid !== undefined) signalGroup(this.leader.pid, 'SIGKILL');
  }

  /** Stops the program with SIGSTOP, but not the guard of its group: so it still cannot outlive this process. */
  freeze(): void {
    this.leader.kill('SIGSTOP');
  }

  /** Lets a frozen program go on. */
  thaw(): void {
    this.leader.kill('SIGCONT');
  }

  /** Its limit is the server's stop timeout: a process that was killed may stay in the system until then. */
  async #waitUntilGone(): Promise<Exit> {
    const { leader } = this;
    const closed = new Promise((resolve) => leader.once('close', resolve));
    const exit = await exitOf(leader);
    // The guard still lives, so no other group can have this id.
    this.kill();
    await closed;
    while (leader.pid !== undefined && groupLives(leader.pid)) await sleep(POLL_MS);
    return exit;
  }
}

function exitOf(leader: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    leader.once('exit', (code, signal) => resolve({ code, signal }));
    leader.on('error', (fault) => leader.pid === undefined && resolve({ code: null, signal: null, fault }));
  });
}

/** Whether a process of the group still runs. A zombie does not count. */
export function groupLives(groupId: number): boolean {
  const code = signalGroup(groupId, 0);
  if (code === 'ESRCH') return false;
  if (process.platform === 'linux') return readdirSync('/proc').some((pid) => runsIn(pid, groupId));
  return code !== 'EPERM';
}

/** The error code, if any: ESRCH if there is no such group, EPERM on macOS if all its processes have ended. */
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

/** The fields of /proc/<pid>/stat from the state on; none if the process has ended in the meantime. */
function readStatus(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ');
  } catch {
    return [];
  }
}
