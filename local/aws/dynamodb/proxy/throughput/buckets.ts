/** Token buckets: each refills at its rate, up to a burst. */

/** A bucket of capacity units. It may go below zero once: what a request costs is known only afterwards. */
class TokenBucket {
  readonly #perSecond: number;
  readonly #most: number;
  #units: number;
  #at: number;

  constructor(perSecond: number, burstSeconds: number, now: number) {
    this.#perSecond = perSecond;
    this.#most = perSecond * burstSeconds;
    this.#units = this.#most;
    this.#at = now;
  }

  isEmpty(now: number): boolean {
    return this.#refilled(now) <= 0;
  }

  isFull(now: number): boolean {
    return this.#refilled(now) === this.#most;
  }

  /** A negative number gives units back. */
  take(units: number, now: number): void {
    this.#units = Math.min(this.#refilled(now) - units, this.#most);
  }

  #refilled(now: number): number {
    this.#units = Math.min(this.#units + ((now - this.#at) / 1000) * this.#perSecond, this.#most);
    this.#at = now;
    return this.#units;
  }
}

/** More keys than tables and indexes of one machine are busy with in one second. */
const MAX_BUCKETS = 20_000;

/** Buckets by their names. A full one is as good as none, so full ones are dropped when there are too many. */
export class Buckets {
  readonly #burstSeconds: number;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(burstSeconds: number) {
    this.#burstSeconds = burstSeconds;
  }

  of(name: string, perSecond: number, now: number): TokenBucket {
    const known = this.#buckets.get(name);
    if (known !== undefined) return known;
    if (this.#buckets.size >= MAX_BUCKETS) this.#dropIdle(now);
    const bucket = new TokenBucket(perSecond, this.#burstSeconds, now);
    this.#buckets.set(name, bucket);
    return bucket;
  }

  #dropIdle(now: number): void {
    for (const [name, bucket] of this.#buckets) if (bucket.isFull(now)) this.#buckets.delete(name);
    // None is idle: the older half goes, so that the next sweep is far away.
    if (this.#buckets.size < MAX_BUCKETS) return;
    for (const name of [...this.#buckets.keys()].slice(0, MAX_BUCKETS / 2)) this.#buckets.delete(name);
  }
}
