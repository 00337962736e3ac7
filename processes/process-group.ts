/** Runs a program in a process group of its own, which cannot outlive the process that started it. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessMark } from './process-mark.ts';
import { processIds, readProcess } from './process-table.ts';

const POLL_MS = 10;
const SERVER_STDERR = 2;
/** The descriptor of a program's channel to the process that started it. */
export const CHANNEL = 5;

/**
 * The group's leader starts a guard in its group and then becomes the program itself. The guard reads a pipe that only
 * the server holds and never writes to. The pipe closes when the server ends, however that ends; then the guard kills
 * what bears the group's mark and the whole group, itself included. The guard is no child of the program, because the
 * program may wait for its own children. The program has the server's stderr as descriptor 4, which closes when the
 * last process of the group ends.
 */
function leaderOf(mark: ProcessMark | undefined): string {
  const sweep = mark === undefined ? '' : `${mark.sweep}; ${mark.sweep};`;
  const guard = `(trap '' HUP INT TERM; read -r _; ${sweep} kill -KILL 0) <&3 >/dev/null 2>&4 5>&- &`;
  return `(${guard}); ${mark === undefined ? '' : `${mark.take};`} exec "$@" 3<&-`;
}

type GroupOptions = {
  /** The program and its arguments. */
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** stdin, stdout and stderr of the program. */
  readonly stdio: readonly ('pipe' | 'ignore' | 'inherit')[];
  /** The program's descriptor `CHANNEL` to this process: Node's own messages, or a stream. */
  readonly channel?: 'ipc' | 'pipe';
  /** All that the program starts bears it, wherever it goes. */
  readonly mark?: ProcessMark;
};
/** How a program ended. A program that could not start has a `fault`. */
export type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null; readonly fault?: unknown };

/** A program and all processes of its group. */
export class ProcessGroup {
  /** The program's own process. */
  readonly leader: ChildProcess;
  /** How the program's own process ended. Never rejects. */
  readonly exit: Promise<Exit>;
  /** The same, when no process of the group is left and all pipes are closed. Never rejects. */
  readonly gone: Promise<Exit>;

  private constructor(leader: ChildProcess) {
    this.leader = leader;
    this.exit = exitOf(leader);
    this.gone = this.#waitUntilGone();
  }

  /** Starts the program as the leader of a new group. A program that cannot be started is gone with a `fault`. */
  static start({ argv, env, stdio, channel, mark }: GroupOptions): ProcessGroup {
    const channels: SpawnOptions['stdio'] = [
      ...stdio,
      'pipe',
      SERVER_STDERR,
      ...(channel === undefined ? [] : [channel]),
    ];
    const shell = ['-c', leaderOf(mark), 'lastcall', ...argv];
    return new ProcessGroup(spawn('/bin/sh', shell, { detached: true, stdio: channels, env }));
  }

  /** The stream to the program; undefined if it has none, or could not be started. */
  get channel(): Duplex | undefined {
    // Without a free descriptor, Node does not even make the list of its streams.
    const stream = this.leader.pid === undefined ? undefined : this.leader.stdio.at(CHANNEL);
    return stream instanceof Duplex ? stream : undefined;
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
    const exit = await this.exit;
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
  if (process.platform === 'linux') return [...processIds()].some((pid) => readProcess(pid)?.group === groupId);
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
