/** The processes that a piece of work has started, wherever they went: they inherit its mark. */
import { setTimeout as sleep } from 'node:timers/promises';
import { signalProcess } from './process-identity.ts';
import type { ProcessMark } from './process-mark.ts';
import { environmentOf, lastProcessId, processIds, readProcess, snapshot } from './process-table.ts';

const POLL_MS = 10;

/** What shows that a process belongs to a piece of work. */
type Signs = {
  /** `NAME=value` in its environment, and unique. */
  readonly variable: string;
  readonly group?: number | undefined;
  readonly mark?: ProcessMark | undefined;
};

/**
 * The signs of a piece of work. Its processes are those that began after it and have one of them. Without a mark, one
 * that cleared its environment and left the group is not found. Only Linux has a table of processes.
 */
export class Footprint {
  readonly #signs: Signs;
  readonly #earlier = snapshot();

  constructor(signs: Signs) {
    this.#signs = signs;
  }

  /** The ids of the processes that run now. */
  find(): number[] {
    const lastId = lastProcessId();
    // No process has begun since then.
    if (lastId === this.#earlier.lastId) return [];
    return [...processIds()].flatMap((id) => {
      if (this.#earlier.ids.has(id) && !this.#isGivenOut(Number(id), lastId)) return [];
      const entry = readProcess(id);
      return entry !== undefined && this.#isOwn(id, entry.group) ? [entry.pid] : [];
    });
  }

  #isOwn(id: string, itsGroup: number): boolean {
    const { variable, group, mark } = this.#signs;
    return itsGroup === group || mark?.isOn(id) === true || environmentOf(id).includes(variable);
  }

  /** Whether the id was given out since then: a process can have the id of one that had run before and has ended. */
  #isGivenOut(id: number, last: number): boolean {
    const { lastId } = this.#earlier;
    const [isAfter, isBefore] = [id > lastId, id <= last];
    return last >= lastId ? isAfter && isBefore : isAfter || isBefore;
  }

  /** Ends the processes with SIGKILL. Returns when none is left: one in the kernel's hands can take any time. */
  async end(): Promise<void> {
    for (let found = this.find(); found.length > 0; found = this.find()) {
      for (const pid of found) signalProcess(pid, 'SIGKILL');
      await sleep(POLL_MS);
    }
  }
}
