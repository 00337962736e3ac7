/** What Linux says of the processes of this machine. Other systems have no /proc: there no process is found. */
import { openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { codeOf } from './error-code.ts';

const KILOBYTE = 1_024;
/** The process has ended, or belongs to another user: none of those was started here. */
const NOT_THERE = ['ENOENT', 'ESRCH', 'EACCES', 'EPERM'];

/** The states of zombies. */
const ENDED = ['Z', 'X'];
/** PF_KTHREAD of Linux's include/linux/sched.h. */
const KERNEL_THREAD = 0x00200000;

/** A process that runs: zombies are left out. */
type ProcessEntry = { readonly pid: number; readonly group: number; readonly startTicks: string };

/** The ids of all processes. */
export function processIds(): Set<string> {
  if (process.platform !== 'linux') return new Set();
  return new Set(readdirSync('/proc').filter((name) => /^\d+$/.test(name)));
}

/** The id that was given out last. After the highest one, Linux begins with low ones again. */
export function lastProcessId(): number {
  if (process.platform !== 'linux') return 0;
  const kept = lastOf(keptLoad());
  if (Number.isInteger(kept)) return kept;
  // A handler in a thread can close any file of its server.
  load = undefined;
  return lastOf(readFileSync('/proc/loadavg', 'latin1'));
}

/** Each attempt reads it twice: kept open, it takes a fifth of the time. */
let load: number | undefined;
const LOAD_BYTES = Buffer.alloc(128);

function keptLoad(): string {
  try {
    load ??= openSync('/proc/loadavg', 'r');
    return LOAD_BYTES.toString('latin1', 0, readSync(load, LOAD_BYTES, 0, LOAD_BYTES.length, 0));
  } catch {
    return '';
  }
}

/** Its last field, as proc(5) has it. */
function lastOf(text: string): number {
  return Number.parseInt(text.split(' ').at(-1) ?? '', 10);
}

/** The processes that ran when this id had been given out last. */
type Snapshot = { readonly ids: ReadonlySet<string>; readonly lastId: number };
let latest: Snapshot | undefined;

/** The processes that run now, and some that have ended: /proc is listed anew only if one has begun. */
export function snapshot(): Snapshot {
  const lastId = lastProcessId();
  if (latest?.lastId !== lastId) latest = { lastId, ids: processIds() };
  return latest;
}

/** The process, or undefined if it has ended. A zombie has. */
export function readProcess(pid: string): ProcessEntry | undefined {
  const [state = '', , group, ...rest] = statOf(pid);
  if (group === undefined || ENDED.includes(state)) return undefined;
  return { pid: Number(pid), group: Number(group), startTicks: rest[16] ?? '' };
}

/**
 * Whether the process is about to run another program (execve(2)): for a moment it has neither arguments nor
 * environment. Nor have the kernel's own threads, ever.
 */
export function isStarting(pid: string): boolean {
  if (readFile(pid, 'cmdline') !== '' || readFile(pid, 'environ') !== '') return false;
  const [state, , , , , , flags] = statOf(pid);
  return flags !== undefined && !ENDED.includes(state ?? '') && (Number(flags) & KERNEL_THREAD) === 0;
}

/** The variables that the process was started with, each `NAME=value`; none if it has ended. */
export function environmentOf(pid: string): string[] {
  return readFile(pid, 'environ').split('\0');
}

/** The limits of what the process may use, as Linux shows them; empty if it has ended. */
export function limitsOf(pid: string): string {
  return readFile(pid, 'limits');
}

/** The program and the arguments of the process; empty if it has ended. */
export function commandOf(pid: string): string[] {
  return readFile(pid, 'cmdline').split('\0').slice(0, -1);
}

/** The resident memory of a process; undefined when it is gone, and on other systems than Linux. */
export function residentBytes(pid: number): number | undefined {
  if (process.platform !== 'linux') return undefined;
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFile(String(pid), 'status'))?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) * KILOBYTE;
}

/** The memory of the processes of each of these groups, in bytes. */
export function memoryByGroup(groups: ReadonlySet<number>): Map<number, number> {
  const bytes = new Map<number, number>();
  for (const id of processIds()) {
    const { pid = 0, group = 0 } = readProcess(id) ?? {};
    if (groups.has(group)) bytes.set(group, (bytes.get(group) ?? 0) + (residentBytes(pid) ?? 0));
  }
  return bytes;
}

/** The fields of proc(5), from the state on. The program's name before it, in parentheses, may contain anything. */
function statOf(pid: string): string[] {
  return readFile(pid, 'stat')
    .replace(/^.*\) /s, '')
    .split(' ');
}

function readFile(pid: string, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1');
  } catch (error) {
    if (NOT_THERE.includes(codeOf(error) ?? '')) return '';
    throw error;
  }
}
