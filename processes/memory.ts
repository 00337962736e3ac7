/** The memory of processes. */
import { readFileSync } from 'node:fs';
import { codeOf } from './error-code.ts';

const KILOBYTE = 1024;

/** The resident memory of a process; undefined when it is gone, and on other systems than Linux. */
export function residentBytes(pid: number): number | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) * KILOBYTE;
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes(codeOf(error) ?? '')) return undefined;
    throw error;
  }
}
