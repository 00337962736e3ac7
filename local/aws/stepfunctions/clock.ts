/** The clock of executions. Tests turn it by hand. */
export type Clock = {
  /** Epoch milliseconds. */
  now(): number;
  /** Calls back once after `ms` milliseconds. The returned function cancels the timer and may be repeated. */
  setTimer(ms: number, callback: () => void): () => void;
};

/** Node fires a longer timeout at once. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/** The machine's own clock. Its timers may exceed the 24.8 days of Node's timeouts. */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimer(ms, callback) {
    const timer = new LongTimer(Date.now() + ms, callback);
    return () => timer.cancel();
  },
};

class LongTimer {
  readonly #dueMs: number;
  readonly #callback: () => void;
  #timeout: NodeJS.Timeout;

  constructor(dueMs: number, callback: () => void) {
    this.#dueMs = dueMs;
    this.#callback = callback;
    this.#timeout = this.#arm();
  }

  cancel(): void {
    clearTimeout(this.#timeout);
  }

  #arm(): NodeJS.Timeout {
    const leftMs = Math.max(0, this.#dueMs - Date.now());
    if (leftMs <= LONGEST_TIMEOUT_MS) return setTimeout(this.#callback, leftMs);
    return setTimeout(() => {
      this.#timeout = this.#arm();
    }, LONGEST_TIMEOUT_MS);
  }
}

/** Waits until the clock shows `deadlineMs` (epoch milliseconds). Rejects with the signal's reason when it aborts. */
export function waitUntil(deadlineMs: number, clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const leftMs = deadlineMs - clock.now();
    if (leftMs <= 0) return resolve();
    const stop = () => {
      cancel();
      reject(signal.reason);
    };
    const cancel = clock.setTimer(leftMs, () => {
      signal.removeEventListener('abort', stop);
      resolve();
    });
    signal.addEventListener('abort', stop, { once: true });
  });
}
