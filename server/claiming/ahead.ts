/**
 * How many tasks a server claims before it has slots for them. While attempts are short, the next one then waits for
 * no claim; docs/decisions.md says what that costs if the server dies.
 */

/** Attempts that took longer are not short: what is claimed ahead of them would be kept from other servers. */
const SHORT_MS = 100;
/** A server of few slots claims for each of them this many, up to the limit: so a request has more of them. */
const FOR_EACH = 3;
const FOR_FEW = 12;

/** The decision of one server. */
export class Ahead {
  readonly #slots: number;
  readonly #most: number;
  /** When the last short attempts in a row ended, as many as may be claimed ahead. */
  #endsMs: readonly number[] = [];

  constructor(slots: number) {
    this.#slots = slots;
    this.#most = Math.max(slots, Math.min(FOR_EACH * slots, FOR_FEW));
  }

  /**
   * Once short attempts have followed each other as often as the server has slots, how many of them ended lately: long
   * attempts may hold the other slots. Before, 0.
   */
  get tasks(): number {
    if (this.#endsMs.length < this.#slots) return 0;
    const sinceMs = Date.now() - SHORT_MS;
    return this.#endsMs.filter((endMs) => endMs >= sinceMs).length;
  }

  /** An attempt has ended. */
  ended(tookMs: number): void {
    this.#endsMs = tookMs <= SHORT_MS ? [...this.#endsMs, Date.now()].slice(-this.#most) : [];
  }

  /** What was claimed ahead has waited too long. */
  late(): void {
    this.#endsMs = [];
  }
}
