/** A wait with a limit that an event cuts short. One caller waits; any number set the signal. */
export class WakeSignal {
  #isSet = false;
  #wake: (() => void) | undefined;

  /** Ends the current wait. Without one, the next wait ends at once. */
  set(): void {
    this.#isSet = true;
    this.#wake?.();
  }

  /** Returns when the signal is set, or after the limit. */
  async wait(limitMs: number): Promise<void> {
    if (!this.#isSet) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, limitMs);
      this.#wake = resolve;
      await promise;
      clearTimeout(timer);
    }
    this.#isSet = false;
    this.#wake = undefined;
  }
}
