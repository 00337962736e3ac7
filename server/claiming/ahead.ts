/**
 * How many tasks a server claims before it has slots for them. While attempts are short, the next one then waits for
 * no claim; docs/decisions.md says what that costs if the server dies.
 */

/** Attempts that took longer are not short: what is claimed ahead of them would be kept from other servers. */
const SHORT_MS = 100;

/** The decision of one server. */
export class Ahead {
  readonly #slots: number;
  #shortInARow = 0;

  constructor(slots: number) {
    this.#slots = slots;
  }

  /** Once short attempts have followed each other as often as the server has slots, that number; before, 0. */
  get tasks(): number {
    return this.#shortInARow < this.#slots ? 0 : this.#slots;
  }

  /** An attempt has ended. */
  ended(tookMs: number): void {
    this.#shortInARow = tookMs <= SHORT_MS ? this.#shortInARow + 1 : 0;
  }

  /** What was claimed ahead has waited too long. */
  late(): void {
    this.#shortInARow = 0;
  }
}
