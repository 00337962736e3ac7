/**
 * Asynchronous calls: Lambda takes an event into its queue and calls the function later, at least once.
 * Source: Lambda Developer Guide, "How Lambda handles errors and retries with asynchronous invocation"; EventBridge
 * user guide, "Troubleshooting Amazon EventBridge" ("My rule ran more than once in response to one event", "My event's
 * delivery to the target was delayed").
 */
import type { Chance } from '#local/aws/chance';
import { pause } from '#processes/pause';
import { WorkUnderWay } from '#processes/work-under-way';
import { TooManyRequests } from './errors.ts';
import type { Invoke } from './lambda.ts';
import {
  CLOSE_CALLS_MS,
  ERROR_WAITS_MS,
  EVENT_LATE_SHARE,
  EVENT_TWICE_SHARE,
  FIRST_THROTTLE_WAIT_MS,
  MAX_ASYNC_EVENT_BYTES,
  MAX_EVENT_AGE_MS,
  MAX_EVENT_LATE_MS,
  MAX_THROTTLE_WAIT_MS,
} from './limits.ts';
import { eventText } from './payload.ts';

type AsyncCallsOptions = {
  readonly invoke: Invoke;
  readonly chance: Chance;
  readonly log: (line: string) => void;
  /** The waits before the calls that follow a failed one. */
  readonly errorWaitsMs?: readonly number[];
};
type Queued = { readonly name: string; readonly event: unknown; readonly at: number };

/** The queue of all functions. */
export class AsyncCalls {
  readonly #options: AsyncCallsOptions;
  readonly #underWay = new WorkUnderWay<void>();
  readonly #closing = new AbortController();

  constructor(options: AsyncCallsOptions) {
    this.#options = options;
  }

  /**
   * Takes the event. The promise resolves when the function has handled it, or when it is given up, which is logged.
   * @throws EventTooLarge
   */
  async call(name: string, event: unknown): Promise<void> {
    const { chance } = this.#options;
    const queued = { name, event: JSON.parse(eventText(event, MAX_ASYNC_EVENT_BYTES)), at: Date.now() };
    const copies = chance.happens(EVENT_TWICE_SHARE) ? 2 : 1;
    await Promise.all(Array.from({ length: copies }, () => this.#underWay.add(this.#handle(queued))));
  }

  /** Makes no further calls, and waits up to CLOSE_CALLS_MS for those that run. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#underWay.settle(CLOSE_CALLS_MS);
  }

  async #handle(queued: Queued): Promise<void> {
    const { chance, errorWaitsMs = ERROR_WAITS_MS } = this.#options;
    const lateMs = chance.happens(EVENT_LATE_SHARE) ? chance.draw() * MAX_EVENT_LATE_MS : 0;
    for (const waitMs of [lateMs, ...errorWaitsMs]) {
      if (!(await pause(waitMs, this.#closing.signal))) return;
      if (await this.#attempt(queued)) return;
    }
    this.#options.log(`lambda: an event of ${queued.name} is given up after ${1 + errorWaitsMs.length} calls`);
  }

  /** A call that is throttled goes back into the queue, again and again until the event is too old. */
  async #attempt({ name, event, at }: Queued): Promise<boolean> {
    for (let waitMs = FIRST_THROTTLE_WAIT_MS; ; waitMs = Math.min(MAX_THROTTLE_WAIT_MS, waitMs * 2)) {
      try {
        await this.#options.invoke(name, event);
        return true;
      } catch (error) {
        const isThrottled = error instanceof TooManyRequests && Date.now() - at < MAX_EVENT_AGE_MS;
        if (!isThrottled) this.#options.log(`lambda: a call of ${name} failed: ${error}`);
        if (!isThrottled || !(await pause(waitMs, this.#closing.signal))) return false;
      }
    }
  }
}
