import { CRASH_RUN_MS, FIRST_CRASH_WAIT_MS, MAX_CRASH_WAIT_MS } from '#local/aws/ecs/limits';

/**
 * How long the next container waits after crashes in a row: not after the first, then FIRST_CRASH_WAIT_MS, doubling
 * up to MAX_CRASH_WAIT_MS. A container that ends early by itself has crashed, whatever its exit code. Requested stops
 * do not count and must not be reported here. A container that ran CRASH_RUN_MS ends the row.
 */
export class CrashBackoff {
  #crashes = 0;
  #notBeforeMs = 0;

  /** Reports a container that ended by itself. One that could not start ran for 0 ms. */
  ended(run: { ranMs: number }, nowMs: number): void {
    if (run.ranMs >= CRASH_RUN_MS) {
      this.#crashes = 0;
      this.#notBeforeMs = 0;
    } else {
      this.#notBeforeMs = nowMs + waitAfter(this.#crashes);
      this.#crashes += 1;
    }
  }

  /** How long the next start must wait, in milliseconds. */
  waitMs(nowMs: number): number {
    return Math.max(0, this.#notBeforeMs - nowMs);
  }
}

function waitAfter(earlierCrashes: number): number {
  if (earlierCrashes === 0) return 0;
  return Math.min(MAX_CRASH_WAIT_MS, FIRST_CRASH_WAIT_MS * 2 ** (earlierCrashes - 1));
}
