/** What is wanted at the same moment, wherever in the process, goes in one request. */
import { setImmediate as nextTurn } from 'node:timers/promises';

type How<T> = {
  /** While this number of requests is under way, whatever else is wanted waits, and then goes together. */
  readonly requestsAtOnce: number;
  /** Takes what the next request has from the front of what waits, and leaves the rest. */
  take(waiting: T[]): T[];
  /** Sends one request, and settles all that it has. Never fails. */
  send(batch: readonly T[]): Promise<void>;
};

/** Gathers what is wanted, without a timer: the slower the replies, the more goes in one request. */
export class Together<T> {
  readonly #how: How<T>;
  readonly #waiting: T[] = [];
  #underWay = 0;

  constructor(how: How<T>) {
    this.#how = how;
  }

  want(one: T): void {
    this.#waiting.push(one);
    if (this.#underWay < this.#how.requestsAtOnce) void this.#sendAll();
  }

  /** What this turn of the event loop still brings goes along. */
  async #sendAll(): Promise<void> {
    this.#underWay += 1;
    await nextTurn();
    while (this.#waiting.length > 0) await this.#how.send(this.#how.take(this.#waiting));
    this.#underWay -= 1;
  }
}
