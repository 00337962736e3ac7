import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { LeftProcesses } from '#processes/left-processes';
import { readLines } from '#processes/lines';
import { signalGroup } from '#processes/process-identity';

type ContainerOptions = {
  readonly command: readonly string[];
  readonly environment: Record<string, string>;
  readonly onLine: (line: string) => void;
};

/** One operating-system process that leads its own process group. */
export type Container = {
  /** Undefined when the program could not start; `started` then rejects. */
  readonly pid: number | undefined;
  readonly started: Promise<unknown>;
  /** The exit code, or 128 + the signal's number. By then no process that it started is left, wherever it went. */
  readonly exited: Promise<number>;
  /** Settles when the process has exited and every process that inherited its output has closed it. */
  readonly closed: Promise<unknown>;
  /** Sends SIGTERM to the main process alone, as container runtimes do. */
  terminate(): void;
  /** Sends SIGKILL to the whole group. */
  kill(): void;
};

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/**
 * Starts a program as the leader of its own process group, and reads its output line by line.
 * Its stdin is a pipe that stays open and empty while this process lives. When it ends, the program's host has died.
 */
export function startContainer(options: ContainerOptions): Container {
  try {
    return spawnContainer(options);
  } catch (error) {
    // spawn throws some failures and emits others; to the caller they are the same.
    return notStarted(Promise.reject(error));
  }
}

function spawnContainer({ command, environment, onLine }: ContainerOptions): Container {
  const [program = '', ...args] = command;
  // Before the program runs, or what that starts at once would not be its own.
  const processes = processesOf(environment);
  const child = spawn(program, args, { detached: true, env: environment, stdio: ['pipe', 'pipe', 'pipe'] });
  child.on('error', (error) => onLine(`process: ${error.message}`));
  const started = once(child, 'spawn');
  if (child.pid === undefined) return notStarted(started);
  readLines(child.stdout, onLine);
  readLines(child.stderr, onLine);
  child.stdin.on('error', (error) => onLine(`stdin: ${error.message}`));
  return {
    pid: child.pid,
    started,
    exited: exitOf(child, processes),
    closed: new Promise((resolve) => child.once('close', resolve)),
    terminate: () => child.kill('SIGTERM'),
    kill: () => killGroup(child),
  };
}

function notStarted(started: Promise<unknown>): Container {
  const nothing = () => undefined;
  const never = new Promise<number>(nothing);
  return { pid: undefined, started, exited: never, closed: Promise.resolve(), terminate: nothing, kill: nothing };
}

/** A container's end ends all its processes. Here they are known by the one variable that no two containers share. */
function processesOf({ ECS_CONTAINER_METADATA_URI_V4: uri }: Record<string, string>): LeftProcesses | undefined {
  return uri === undefined ? undefined : new LeftProcesses({ variable: `ECS_CONTAINER_METADATA_URI_V4=${uri}` });
}

function exitOf(child: Child, processes: LeftProcesses | undefined): Promise<number> {
  return new Promise((resolve) => {
    child.once('exit', async (code, signal) => {
      // In the same turn: the rest of the group must not outlive the main process.
      killGroup(child);
      await processes?.end();
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}

function killGroup(child: Child): void {
  if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
}
