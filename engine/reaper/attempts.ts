/** Work on many records, one after the other or several at once: no fault and no delay with one keeps the others from theirs. */

/** Where faults and delays are told. */
type Log = {
  error(message: string, facts: { readonly error: unknown }): void;
  warn(message: string, facts: Readonly<Record<string, unknown>>): void;
};

/** How long the others wait for one: in this time it does nearly all that it ever has to do. */
const LIMIT_MS = 8_000;

/** The reaper's attempts. It lives as long as the process, across runs. */
export class Attempts {
  readonly #log: Log;
  /** What takes longer goes on beside the others, and is not begun again before it has ended: so runs cannot pile up on it. */
  readonly #underWay = new Set<string>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** Does the work; a fault is logged, and the next run tries again. */
  async attempt(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#log.error(`Reaping ${what} failed; the next run tries again.`, { error });
    }
  }

  /** The same, and waits for it only so long. `what` names the record: work on it that still goes on is left alone. */
  async attemptInTime(what: string, work: () => Promise<void>, limitMs = LIMIT_MS): Promise<void> {
    if (this.#underWay.has(what)) return;
    this.#underWay.add(what);
    const ended = this.attempt(what, work).finally(() => this.#underWay.delete(what));
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(() => {
      this.#log.warn(`Reaping ${what} takes long; the others go on meanwhile.`, { limitMs });
      late.resolve();
    }, limitMs);
    await Promise.race([ended, late.promise]);
    clearTimeout(timer);
  }
}
