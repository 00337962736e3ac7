/** How many requests the gateway takes. */

/** Requests a second for long, and how many of them at once. */
export type Throttle = { readonly perSecond: number; readonly atOnce: number };

/**
 * A bucket of tokens: each request takes one, and they come back evenly.
 * Source: API Gateway Developer Guide, "Throttle requests to your HTTP APIs".
 */
export class TokenBucket {
  readonly #throttle: Throttle;
  #tokens: number;
  #filledAtMs: number;

  constructor(throttle: Throttle, nowMs: number) {
    this.#throttle = throttle;
    this.#tokens = throttle.atOnce;
    this.#filledAtMs = nowMs;
  }

  /** Takes a token; false if there is none. */
  take(nowMs: number): boolean {
    const { perSecond, atOnce } = this.#throttle;
    this.#tokens = Math.min(atOnce, this.#tokens + ((nowMs - this.#filledAtMs) / 1000) * perSecond);
    this.#filledAtMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
