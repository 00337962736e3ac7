import { CRASH_RUN_MS, FIRST_CRASH_WAIT_MS, MAX_CRASH_WAIT_MS } from '#local/aws/ecs/limits';

/**
 * How long the next container must wait after crashes in a row: not at all after the first, then FIRST_CRASH_WAIT_MS,
 * doubling to MAX_CRASH_WAIT_MS. A server that ends soon has crashed whatever its exit code, for nobody has asked it to end: requested
 * stops are not to be told. A run of CRASH_RUN_MS ends the row.
 */
export class CrashBackoff {
  #crashes = 0;
  #notBeforeMs = 0;

  /** A container ended by itself; one that could not be started ran for 0 ms. */
  ended(run: { ranMs: number }, nowMs: number): void {
    if (run.ranMs >= CRASH_RUN_MS) {
      this.#crashes = 0;
      this.#notBeforeMs = 0;
    } else {
      this.#notBeforeMs = nowMs + waitAfter(this.#crashes);
      this.#crashes += 1;
    }
  }

  /** How long a start must still wait, in milliseconds. */
  waitMs(nowMs: number): number {
    return Math.max(0, this.#notBeforeMs - nowMs);
  }
}

function waitAfter(earlierCrashes: number): number {
  if (earlierCrashes === 0) return 0;
  return Math.min(MAX_CRASH_WAIT_MS, FIRST_CRASH_WAIT_MS * 2 ** (earlierCrashes - 1));
}
