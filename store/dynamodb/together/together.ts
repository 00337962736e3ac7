/** What is wanted at the same moment, wherever in the process, goes in one request. */
import { setImmediate as nextTurn } from 'node:timers/promises';

/** How long no other request goes beside one: what is wanted meanwhile gathers. Most replies come sooner. */
const ALONE_MS = 3;

type How<T> = {
  /** While this number of requests is under way, whatever else is wanted waits, and then goes together. */
  readonly requestsAtOnce: number;
  /** Takes what the next request has from the front of what waits, and leaves the rest. */
  take(waiting: T[]): T[];
  /** Sends one request, and settles all that it has. Never fails. */
  send(batch: readonly T[]): Promise<void>;
};

/** Gathers what is wanted while a request is under way: the slower the replies, the more goes in the next one. */
export class Together<T> {
  readonly #how: How<T>;
  readonly #waiting: T[] = [];
  #underWay = 0;
  /** The latest request, as long as no other goes beside it. */
  #alone: object | undefined;

  constructor(how: How<T>) {
    this.#how = how;
  }

  want(one: T): void {
    this.#waiting.push(one);
    this.#look();
  }

  #look(): void {
    if (this.#waiting.length === 0 || this.#alone || this.#underWay >= this.#how.requestsAtOnce) return;
    void this.#sendSome();
  }

  /** What this turn of the event loop still brings goes along. */
  async #sendSome(): Promise<void> {
    const request = {};
    this.#alone = request;
    this.#underWay += 1;
    await nextTurn();
    const timer = setTimeout(() => this.#leave(request), ALONE_MS);
    await this.#how.send(this.#how.take(this.#waiting));
    clearTimeout(timer);
    this.#underWay -= 1;
    this.#leave(request);
  }

  #leave(request: object): void {
    if (this.#alone === request) this.#alone = undefined;
    this.#look();
  }
}
