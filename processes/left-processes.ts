/** The processes that a piece of work has started, wherever they went: they inherit its mark. */
import { setTimeout as sleep } from 'node:timers/promises';
import { signalProcess } from './process-identity.ts';
import type { ProcessMark } from './process-mark.ts';
import { environmentOf, isStarting, lastProcessId, processIds, readProcess, snapshot } from './process-table.ts';

const POLL_MS = 10;
/** How long a process may take to show whose it is: to start its program, or to be gone. */
const SHOWN_MS = 200;

/** What shows that a process belongs to a piece of work. */
type Signs = {
  /** `NAME=value` in its environment, and unique. */
  readonly variable: string;
  readonly group?: number | undefined;
  readonly mark?: ProcessMark | undefined;
};

/**
 * The processes of a piece of work: those that have one of its signs and began after this was made, so make it before
 * the work begins. Without a mark, one that cleared its environment and left the group is not found. Only Linux has a
 * table of processes.
 */
export class LeftProcesses {
  readonly #signs: Signs;
  readonly #earlier = snapshot();

  constructor(signs: Signs) {
    this.#signs = signs;
  }

  /**
   * The ids of its processes that run now. On a busy machine there is often one that starts or ends, and does not show
   * whose it is: it is waited for, up to `limitMs`, and then counts.
   */
  async find(limitMs = SHOWN_MS): Promise<number[]> {
    const deadlineMs = Date.now() + limitMs;
    for (let found = this.#look(); ; found = this.#look()) {
      const isClear = found.length === 0 || found.some((id) => this.#isOwn(id));
      if (isClear || Date.now() >= deadlineMs) return found.map(Number);
      await sleep(POLL_MS);
    }
  }

  /** The ids of the processes that run now, and of those about to run a program: whose these are shows then. */
  #look(): string[] {
    return this.#laterIds().filter((id) => this.#mayBeOwn(id));
  }

  /** The ids of the processes that have begun since. */
  #laterIds(): string[] {
    const lastId = lastProcessId();
    if (lastId === this.#earlier.lastId) return [];
    return [...processIds()].filter((id) => !this.#earlier.ids.has(id) || this.#isGivenOut(Number(id), lastId));
  }

  /** The program may have started between two looks, so that its environment is there now. */
  #mayBeOwn(id: string): boolean {
    return this.#isOwn(id) || isStarting(id) || this.#isOwn(id);
  }

  #isOwn(id: string): boolean {
    const entry = readProcess(id);
    if (entry === undefined) return false;
    const { variable, group, mark } = this.#signs;
    return entry.group === group || mark?.isOn(id) === true || environmentOf(id).includes(variable);
  }

  /** Whether the id was given out since then: a process can have the id of one that had run before and has ended. */
  #isGivenOut(id: number, last: number): boolean {
    const { lastId } = this.#earlier;
    const [isAfter, isBefore] = [id > lastId, id <= last];
    return last >= lastId ? isAfter && isBefore : isAfter || isBefore;
  }

  /** Ends the processes with SIGKILL. Returns when none is left: one in the kernel's hands can take any time. */
  async end(): Promise<void> {
    for (let found = this.#look(); found.length > 0; found = this.#look()) {
      for (const id of found) if (this.#isOwn(id)) signalProcess(Number(id), 'SIGKILL');
      await sleep(POLL_MS);
    }
  }
}
