/** A job queue that runs the same work as Lastcall. */
export type Peer = {
  readonly name: string;
  /** Submits this number of tasks that do nothing; returns when all are accepted. */
  submit(tasks: number): Promise<unknown>;
  /** Returns when so many of the tasks have ended that were submitted last. */
  ended(tasks: number): Promise<void>;
  close(): Promise<unknown>;
};

const RUN_LIMIT_MS = 120_000;

/** Counts the tasks that have run. */
export class Tally {
  #count = 0;
  #awaited: { readonly count: number; readonly reached: () => void } | undefined;

  add(tasks: number): void {
    this.#count += tasks;
    if (this.#awaited && this.#count >= this.#awaited.count) this.#awaited.reached();
  }

  /** Returns when so many have run since the last call of this returned. */
  async reaches(count: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const limit = setTimeout(() => reject(new Error(`${this.#count} of ${count} tasks have run.`)), RUN_LIMIT_MS);
    this.#awaited = { count, reached: resolve };
    this.add(0);
    await promise.finally(() => clearTimeout(limit));
    this.#count -= count;
    this.#awaited = undefined;
  }
}
