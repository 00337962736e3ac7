/** Keys of Ready tasks that a search has found and that were not tried yet. More are looked for before they run out. */
import { idOfKey } from '#domain/tasks/task';
import { log } from '#server/log';
import type { ReadyTaskKey } from '#store/tasks';

/** Keys stay good for this time, and so do jobs that were read. After that, something more urgent may have come. */
const KEPT_MS = 250;
/** Older jobs are read anew while the last keys are being claimed: that takes two requests in a row. */
const RENEWED_MS = 200;
/** The fewest keys that a search looks for: what other servers do not claim meanwhile serves the next free slots. */
const MIN_KEYS_PER_SEARCH = 16;

export type Search = {
  readonly wanted: number;
  /** How old the list of jobs may be that it searches. */
  readonly maxAgeMs: number;
};
/** `leavesSome`: there are more tasks, which other servers will most likely claim. */
export type Found = { readonly keys: ReadyTaskKey[]; readonly leavesSome: boolean };
type KeptKeysOptions = {
  search(wanted: Search): Promise<Found>;
  /** Whether the jobs were read within this time. */
  isFresh(maxAgeMs: number): boolean;
  /** Whether it makes sense to search before keys are wanted. */
  mayLookAhead(): boolean;
};
type Kept = Found & {
  /** The search has found all that it looked for: there may be more. */
  readonly isFull: boolean;
};

const NONE: Kept = { keys: [], leavesSome: false, isFull: false };

/** The keys that one server keeps for slots of one kind. */
export class KeptKeys {
  readonly #options: KeptKeysOptions;
  #kept = NONE;
  #lookingAhead: Promise<void> | undefined;

  constructor(options: KeptKeysOptions) {
    this.#options = options;
  }

  /** At most `wanted` keys; they are searched for only if none are kept. */
  async take(wanted: number): Promise<ReadyTaskKey[]> {
    if (!this.#isUsable()) await this.#lookingAhead;
    if (!this.#isUsable()) this.#kept = await this.#search({ wanted, maxAgeMs: KEPT_MS });
    const taken = this.#kept.keys.splice(0, wanted);
    if (this.#isEnding(wanted)) this.#lookAhead(wanted);
    return taken;
  }

  /** What is kept may be claimed by others, or never start. */
  drop(): void {
    this.#kept = { ...NONE };
  }

  #isUsable(): boolean {
    return this.#kept.keys.length > 0 && this.#options.isFresh(KEPT_MS);
  }

  /** What was left to others may be urgent: it is looked at again with the next claim. */
  #isEnding(wanted: number): boolean {
    const { keys, leavesSome, isFull } = this.#kept;
    return leavesSome || (isFull && (keys.length < wanted || !this.#options.isFresh(RENEWED_MS)));
  }

  async #search({ wanted, maxAgeMs }: Search): Promise<Kept> {
    const number = Math.max(wanted, MIN_KEYS_PER_SEARCH);
    const found = await this.#options.search({ wanted: number, maxAgeMs });
    return { ...found, isFull: found.keys.length >= number };
  }

  /**
   * Searches while the last keys are being claimed, so that the next claims need not wait for it. What it finds comes
   * first, and of the older keys only the next ones are kept: else they would put off what is more urgent by now.
   */
  #lookAhead(wanted: number): void {
    if (this.#lookingAhead || !this.#options.mayLookAhead()) return;
    const before = this.#kept;
    const offered = [...before.keys];
    this.#lookingAhead = this.#search({ wanted, maxAgeMs: RENEWED_MS })
      .then((next) => {
        if (this.#kept !== before) return;
        // What was taken meanwhile is being claimed.
        const taken = new Set(offered.slice(0, offered.length - before.keys.length).map(idOfKey));
        const found = next.keys.filter((key) => !taken.has(idOfKey(key)));
        const keys = distinct([...found, ...before.keys]).slice(0, MIN_KEYS_PER_SEARCH + wanted);
        this.#kept = { ...next, keys };
      })
      .catch((error: unknown) => log('A look for the next tasks failed; the next search tries again.', { error }))
      .finally(() => {
        this.#lookingAhead = undefined;
      });
  }
}

function distinct(keys: readonly ReadyTaskKey[]): ReadyTaskKey[] {
  return [...new Map(keys.map((key) => [idOfKey(key), key])).values()];
}
