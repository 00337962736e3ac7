/** Tells processes apart, and signals them. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { codeOf } from './error-code.ts';

/** Signals a process group; false when there is no such group any more (macOS says EPERM of one that has only zombies). */
export function signalGroup(pid: number, signal: NodeJS.Signals): boolean {
  return signalProcess(-pid, signal);
}

/** Signals one process; false when it is gone. */
function signalProcess(pid: number, signal: NodeJS.Signals): boolean {
  return unlessGone(() => process.kill(pid, signal), ['ESRCH', 'EPERM']) ?? false;
}

/**
 * What tells a process from a later one that got the same pid: when it started. Undefined when it is gone; a zombie is.
 * On Linux the boot and the start in clock ticks (field 22 of /proc/<pid>/stat), elsewhere the start by `ps`, to the second.
 */
export function startIdentity(pid: number): string | undefined {
  return process.platform === 'linux' ? linuxIdentity(pid) : psIdentity(pid);
}

/**
 * Sends SIGKILL to each living process that inherited this unguessable text in its environment, in whatever group it is,
 * and answers how many there were. On Linux only; elsewhere the environment of others cannot be read, and the answer is 0.
 */
export function killProcessesOf(environmentText: string): number {
  if (process.platform !== 'linux') return 0;
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const living = pids.filter((pid) => readProcess(pid, 'environ')?.includes(environmentText));
  for (const pid of living) signalProcess(Number(pid), 'SIGKILL');
  return living.length;
}

function linuxIdentity(pid: number): string | undefined {
  const stat = readProcess(String(pid), 'stat');
  if (stat === undefined) return undefined;
  // The second field, the program's name in brackets, may itself hold blanks and brackets.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, startTicks] = [fields[0], fields[19]];
  if (state === 'Z' || state === 'X') return undefined;
  return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${startTicks}`;
}

function psIdentity(pid: number): string | undefined {
  const environment = { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' };
  const ps = spawnSync('ps', ['-o', 'stat=', '-o', 'lstart=', '-p', String(pid)], {
    encoding: 'utf8',
    env: environment,
  });
  if (ps.error !== undefined) throw ps.error;
  const [state = '', ...start] = ps.stdout.trim().split(/\s+/);
  return state === '' || state.startsWith('Z') ? undefined : start.join(' ');
}

function readProcess(pid: string, file: string): string | undefined {
  // Another user's processes are not ours to read, nor were they started here.
  return unlessGone(() => readFileSync(`/proc/${pid}/${file}`, 'utf8'), ['ENOENT', 'ESRCH', 'EACCES', 'EPERM']);
}

function unlessGone<Result>(act: () => Result, codesOfGone: readonly string[]): Result | undefined {
  try {
    return act();
  } catch (error) {
    if (codesOfGone.includes(codeOf(error) ?? '')) return undefined;
    throw error;
  }
}
