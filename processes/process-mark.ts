import { randomInt } from 'node:crypto';
import { limitsOf } from './process-table.ts';

const KILOBYTE = 1_024;
const LEAST_KILOBYTES = 2 ** 41;

/**
 * A mark that a process gives to all that it starts: a limit of its resident memory, which Linux ignores (getrlimit(2),
 * RLIMIT_RSS) and which is larger than any memory. It stays when a process clears its environment, leaves its group and
 * its session, or loses its parent. Other systems have no /proc, so nothing is found there.
 */
export class ProcessMark {
  /** Unique on this machine. JavaScript can keep it in bytes, too. */
  readonly #kilobytes = LEAST_KILOBYTES + randomInt(LEAST_KILOBYTES);

  /** Whether the process bears the mark; false if it has ended. */
  isOn(pid: string): boolean {
    return limitsOf(pid).includes(this.#pattern);
  }

  /** The line of a shell that takes the mark. Without the right to set it, it goes on without. */
  get take(): string {
    return process.platform === 'linux' ? `ulimit -m ${this.#kilobytes} 2>/dev/null` : ':';
  }

  /** The lines of a shell that kill all that bears the mark now. The shell itself must not. */
  get sweep(): string {
    return `for file in $(grep -Fls '${this.#pattern}' /proc/[0-9]*/limits); do
      pid=\${file#/proc/}; kill -KILL "\${pid%/limits}"; done 2>/dev/null`;
  }

  get #pattern(): string {
    return ` ${this.#kilobytes * KILOBYTE} `;
  }
}
