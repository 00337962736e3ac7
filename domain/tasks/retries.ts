/** When a failed task is tried again: exponential back-off with jitter, so that many retries do not start at once. */

const FIRST_DELAY_SECONDS = 1;
const MAX_DELAY_SECONDS = 300;

/** The delay before the next attempt after this many failures; `chance` (0 to 1) spreads it over the upper half. */
export function retryDelaySeconds(failures: number, chance: number): number {
  const full = Math.min(MAX_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2 ** Math.max(0, failures - 1));
  return full * (0.5 + chance / 2);
}
