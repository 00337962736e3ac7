/** Identifies processes and signals them. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { codeOf } from './error-code.ts';
import { environmentOf, processIds, readProcess } from './process-table.ts';

const PS_LIMIT_MS = 5_000;

/** Signals a process group. Returns false when the group is gone; macOS reports EPERM when only zombies are left. */
export function signalGroup(pid: number, signal: NodeJS.Signals): boolean {
  return signalProcess(-pid, signal);
}

/** Signals one process. Returns false when it is gone. */
export function signalProcess(pid: number, signal: NodeJS.Signals): boolean {
  return unlessGone(() => process.kill(pid, signal), ['ESRCH', 'EPERM']) ?? false;
}

/**
 * When a process started, which distinguishes it from a later one with the same pid. Undefined for a zombie and when
 * the process is gone. On Linux: the boot and the start in clock ticks (field 22 of /proc/<pid>/stat). Elsewhere: the
 * start by `ps`, to the second.
 * @throws Error when `ps` cannot run
 */
export function startIdentity(pid: number): string | undefined {
  return process.platform === 'linux' ? linuxIdentity(pid) : psIdentity(pid);
}

/**
 * Sends SIGKILL to each living process that has this unguessable text in its environment, in any group. Returns their
 * number. On other systems than Linux it returns 0: they do not show the environment of other processes.
 */
export function killProcessesOf(environmentText: string): number {
  const isOne = (pid: string) => environmentOf(pid).some((variable) => variable.includes(environmentText));
  const living = [...processIds()].filter(isOne);
  for (const pid of living) signalProcess(Number(pid), 'SIGKILL');
  return living.length;
}

function linuxIdentity(pid: number): string | undefined {
  const entry = readProcess(String(pid));
  if (entry === undefined) return undefined;
  return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${entry.startTicks}`;
}

function psIdentity(pid: number): string | undefined {
  const environment = { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' };
  const ps = spawnSync('ps', ['-o', 'stat=', '-o', 'lstart=', '-p', String(pid)], {
    encoding: 'utf8',
    env: environment,
    timeout: PS_LIMIT_MS,
  });
  if (ps.error !== undefined) throw ps.error;
  const [state = '', ...start] = ps.stdout.trim().split(/\s+/);
  return state === '' || state.startsWith('Z') ? undefined : start.join(' ');
}

function unlessGone<Result>(act: () => Result, codesOfGone: readonly string[]): Result | undefined {
  try {
    return act();
  } catch (error) {
    if (codesOfGone.includes(codeOf(error) ?? '')) return undefined;
    throw error;
  }
}
