/** The processes that a piece of work has started, wherever they went: they inherit its mark. */
import { setTimeout as sleep } from 'node:timers/promises';
import { signalProcess } from './process-identity.ts';
import { environmentOf, lastProcessId, processIds, readProcess, snapshot } from './process-table.ts';

const POLL_MS = 10;

/**
 * A mark for the environment of a piece of work. Its processes are those that began after it and bear the mark, or are
 * in its group. One that cleared its environment and left the group is not found. Only Linux has a table of processes.
 */
export class Footprint {
  readonly #variable: string;
  readonly #group: number | undefined;
  readonly #earlier = snapshot();

  /** `variable` is `NAME=value`, and unique. */
  constructor(variable: string, group?: number) {
    this.#variable = variable;
    this.#group = group;
  }

  /** The ids of the processes that run now. */
  find(): number[] {
    const lastId = lastProcessId();
    // No process has begun since then.
    if (lastId === this.#earlier.lastId) return [];
    return [...processIds()].flatMap((id) => {
      if (this.#earlier.ids.has(id) && !this.#isGivenOut(Number(id), lastId)) return [];
      const entry = readProcess(id);
      const isOwn = entry !== undefined && (entry.group === this.#group || environmentOf(id).includes(this.#variable));
      return isOwn ? [entry.pid] : [];
    });
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
