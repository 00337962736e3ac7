/** The time that executions go by; tests turn it by hand. */
export type Clock = {
  /** Epoch milliseconds. */
  now(): number;
  /** Calls back once after `ms` milliseconds; the answer takes the timer back, at any time and any number of times. */
  setTimer(ms: number, callback: () => void): () => void;
};

const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/** The machine's own clock. Timers may be longer than the 24.8 days that Node's own can hold. */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimer(ms, callback) {
    const due = Date.now() + ms;
    let timer: NodeJS.Timeout;
    const arm = () => {
      const left = Math.max(0, due - Date.now());
      timer = left > LONGEST_TIMEOUT_MS ? setTimeout(arm, LONGEST_TIMEOUT_MS) : setTimeout(callback, left);
    };
    arm();
    return () => clearTimeout(timer);
  },
};

/** Waits until the clock shows `deadlineMs` (epoch milliseconds); ends early with the signal's reason when it is aborted. */
export function waitUntil(deadlineMs: number, clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const leftMs = deadlineMs - clock.now();
    if (leftMs <= 0) return resolve();
    const stop = () => {
      takeBack();
      reject(signal.reason);
    };
    const takeBack = clock.setTimer(leftMs, () => {
      signal.removeEventListener('abort', stop);
      resolve();
    });
    signal.addEventListener('abort', stop, { once: true });
  });
}
