/** How much is remembered if nothing else is said; the oldest is forgotten first. */
const MAX_REMEMBERED = 5_000;

/** What is remembered of the jobs, tasks or handlers that were set last. */
export class RecentValues<T> {
  readonly #byId = new Map<string, T>();
  readonly #most: number;

  constructor(most = MAX_REMEMBERED) {
    this.#most = most;
  }

  get(id: string): T | undefined {
    return this.#byId.get(id);
  }

  set(id: string, value: T): void {
    this.#byId.delete(id);
    this.#byId.set(id, value);
    const [oldest] = this.#byId.keys();
    if (this.#byId.size > this.#most && oldest !== undefined) this.#byId.delete(oldest);
  }

  delete(id: string): void {
    this.#byId.delete(id);
  }
}
