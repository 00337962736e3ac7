/** How ECS behaves when it is not at its kindest: it takes its time, and tells things twice and in any order. */
import {
  EVENT_TWICE_SHARE,
  HEALTHY_AFTER_MS,
  MAX_EVENT_DELAY_MS,
  MAX_PLACING_MS,
  MIN_PLACING_MS,
  UNSEEN_MS,
} from './limits.ts';

/** The manners, drawn from a seed. */
export class Manners {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** How long a task stays in each state before it runs, in milliseconds. */
  placingMs(): number {
    return MIN_PLACING_MS + this.#draw() * (MAX_PLACING_MS - MIN_PLACING_MS);
  }

  /**
   * How late each delivery of an event is. There may be two, and none waits for those of earlier events. Source: Amazon
   * EventBridge user guide, "Event delivery level": at least once; nothing is said of the order.
   */
  deliveriesMs(): number[] {
    const count = this.#draw() < EVENT_TWICE_SHARE ? 2 : 1;
    return Array.from({ length: count }, () => this.#draw() * MAX_EVENT_DELAY_MS);
  }

  /** Whether DescribeTasks does not know a task yet. Source: ECS API reference, RunTask: eventual consistency. */
  isUnseen(createdAt: string, now: number): boolean {
    return now - Date.parse(createdAt) < UNSEEN_MS;
  }

  /** How long a task without a health check must run before it counts as healthy. */
  readonly healthyAfterMs = HEALTHY_AFTER_MS;

  /** The next of mulberry32's numbers, from 0 to 1. */
  #draw(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
}
