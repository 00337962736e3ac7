/** Works on many records, one after the other or several at once: no fault and no delay of one holds up the others. */

import { timeLeftMs } from '#store/dynamodb/deadline';

/** The log of faults and delays. */
type Log = {
  error(message: string, facts: { readonly error: unknown }): void;
  warn(message: string, facts: Readonly<Record<string, unknown>>): void;
};

/** How long the others wait for one record: nearly all work ends within this time. */
const LIMIT_MS = 8_000;

/** The reaper's work on single records. It lives as long as the process, across calls of the reaper. */
export class BoundedWork {
  readonly #log: Log;
  /**
   * Work that takes longer goes on beside the others, until the call of the reaper ends. It is not started again before
   * it ends.
   */
  readonly #underWay = new Set<string>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** Does the work. A fault is logged, and the next call tries again. */
  async do(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#log.error(`Reaping ${what} failed; the next call tries again.`, { error });
    }
  }

  /**
   * Does the work like `do`, and waits at most `limitMs` for it. `what` names the record: work that still goes on for
   * it is left alone. Work that has less time than that before the deadline is left to the next call.
   */
  async doInTime(what: string, work: () => Promise<void>, limitMs = LIMIT_MS): Promise<void> {
    if (this.#underWay.has(what) || timeLeftMs() < limitMs) return;
    this.#underWay.add(what);
    const ended = this.do(what, work).finally(() => this.#underWay.delete(what));
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(() => {
      this.#log.warn(`Reaping ${what} takes long; the others go on.`, { limitMs });
      late.resolve();
    }, limitMs);
    await Promise.race([ended, late.promise]);
    clearTimeout(timer);
  }
}
