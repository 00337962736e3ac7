/** What Linux says of the processes of this machine. Other systems have no /proc: there no process is found. */
import { readdirSync, readFileSync } from 'node:fs';

const PAGE_BYTES = 4_096;

/** A process that runs: zombies are left out. */
type ProcessEntry = { readonly pid: number; readonly group: number; readonly residentBytes: number };

/** The ids of all processes. */
export function processIds(): Set<string> {
  if (process.platform !== 'linux') return new Set();
  return new Set(readdirSync('/proc').filter((name) => /^\d+$/.test(name)));
}

/** The id that was given out last. After the highest one, Linux begins with low ones again. */
export function lastProcessId(): number {
  return process.platform === 'linux' ? Number(readFileSync('/proc/loadavg', 'latin1').split(' ').at(-1)) : 0;
}

/** The process, or undefined if it has ended. A zombie has. */
export function readProcess(pid: string): ProcessEntry | undefined {
  // The name of the program, in parentheses, may contain anything. The numbers are those of proc(5), from the state on.
  const [state, , group, ...rest] = readFile(pid, 'stat')
    .replace(/^.*\) /s, '')
    .split(' ');
  if (group === undefined || state === 'Z' || state === 'X') return undefined;
  return { pid: Number(pid), group: Number(group), residentBytes: Number(rest[18]) * PAGE_BYTES };
}

/** Whether the process was started with this variable, `NAME=value`, in its environment. */
export function hasVariable(pid: string, variable: string): boolean {
  return readFile(pid, 'environ').split('\0').includes(variable);
}

/** The program and the arguments of the process; empty if it has ended. */
export function commandOf(pid: string): string[] {
  return readFile(pid, 'cmdline').split('\0').slice(0, -1);
}

/** The memory of the processes of each group, in bytes. */
export function memoryByGroup(): Map<number, number> {
  const bytes = new Map<number, number>();
  for (const id of processIds()) {
    const entry = readProcess(id);
    if (entry) bytes.set(entry.group, (bytes.get(entry.group) ?? 0) + entry.residentBytes);
  }
  return bytes;
}

/** A process of another user cannot be read, and one that has just ended is not there: both are empty. */
function readFile(pid: string, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1');
  } catch {
    return '';
  }
}
