/** How ECS behaves when it is not at its kindest: it takes its time, and tells things twice and in any order. */
import { Chance } from '#local/aws/chance';
import {
  CHECK_SECOND_MS,
  EVENT_TWICE_SHARE,
  HEALTHY_AFTER_MS,
  MAX_DEPROVISIONING_MS,
  MAX_EVENT_DELAY_MS,
  MAX_PLACING_MS,
  MIN_PLACING_MS,
  UNSEEN_MS,
} from './limits.ts';

/** The manners, drawn from a seed. */
export class Manners {
  readonly #chance: Chance;

  constructor(seed: number) {
    this.#chance = new Chance(seed);
  }

  /** How long a task stays in each state before it runs, in milliseconds. */
  placingMs(): number {
    return MIN_PLACING_MS + this.#chance.draw() * (MAX_PLACING_MS - MIN_PLACING_MS);
  }

  /** How long a task whose program has ended is not STOPPED yet, in milliseconds. It is replaced meanwhile. */
  deprovisioningMs(): number {
    return this.#chance.draw() * MAX_DEPROVISIONING_MS;
  }

  /**
   * How late each delivery of an event is. There may be two, and none waits for those of earlier events. Source: Amazon
   * EventBridge user guide, "Event delivery level": at least once; nothing is said of the order.
   */
  deliveriesMs(): number[] {
    const count = this.#chance.happens(EVENT_TWICE_SHARE) ? 2 : 1;
    return Array.from({ length: count }, () => this.#chance.draw() * MAX_EVENT_DELAY_MS);
  }

  /** Whether DescribeTasks does not know a task yet. Source: ECS API reference, RunTask: eventual consistency. */
  isUnseen(createdAt: string, now: number): boolean {
    return now - Date.parse(createdAt) < UNSEEN_MS;
  }

  /** How long a task without a health check must run before it counts as healthy. */
  readonly healthyAfterMs = HEALTHY_AFTER_MS;

  /** How long a second between two health checks lasts, in milliseconds. */
  readonly checkSecondMs = CHECK_SECOND_MS;
}
