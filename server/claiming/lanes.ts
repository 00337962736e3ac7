/** Claims that are under way side by side: a slot that becomes free does not wait for the claims of the others. */
import { WakeSignal } from '#server/wake-signal';

/** How many claims may be written at once. Their writes go together. */
const MAX_LANES = 8;
/** The longest wait between two looks. */
const LOOK_MS = 1_000;

/** The slots that a claim is for, until it is written. */
export type Lane = { slots: number };

/** The claims of one server that are under way. */
export class Lanes {
  readonly #lanes = new Map<Promise<number>, Lane>();
  readonly #progress = new WakeSignal();

  /** How many slots are spoken for by claims that are not written yet. */
  get slots(): number {
    return [...this.#lanes.values()].reduce((sum, { slots }) => sum + slots, 0);
  }

  get #writing(): number {
    return [...this.#lanes.values()].filter(({ slots }) => slots > 0).length;
  }

  get isEmpty(): boolean {
    return this.#lanes.size === 0;
  }

  /** Whether one claim is under way, from its write to the start of its tasks, and no other. */
  get isLone(): boolean {
    return this.#lanes.size <= 1;
  }

  /** A slot may have become free. */
  look(): void {
    this.#progress.set();
  }

  /**
   * Runs a claim, which never fails, and returns how many tasks it has started. Undefined if another claim may run
   * beside it before it has ended.
   */
  async run(
    slots: number,
    claim: (lane: Lane) => Promise<number>,
    mayRunAnother: () => boolean,
  ): Promise<number | undefined> {
    const lane = { slots };
    let started: number | undefined;
    const running = claim(lane).then((count) => {
      started = count;
      this.#lanes.delete(running);
      this.#progress.set();
      return count;
    });
    this.#lanes.set(running, lane);
    const isOpen = () => this.#writing < MAX_LANES && mayRunAnother();
    while (started === undefined && !isOpen()) await this.#progress.wait(LOOK_MS);
    return started;
  }

  /** Waits until no claim is under way. */
  async end(): Promise<void> {
    await Promise.all(this.#lanes.keys());
  }
}
