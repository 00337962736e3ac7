import { within } from './pause.ts';

/** Work that goes on by itself, until it has ended or a close gives it up. */
export class WorkUnderWay<Result> {
  readonly #all = new Set<Promise<Result>>();

  /** Adds work that has begun, and returns it. */
  add(work: Promise<Result>): Promise<Result> {
    const tracked = work.finally(() => this.#all.delete(tracked));
    this.#all.add(tracked);
    return tracked;
  }

  /** Waits for what is under way, at most so long. */
  async settle(limitMs: number): Promise<void> {
    await within(Promise.all(this.#all), limitMs);
  }
}
