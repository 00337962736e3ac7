import type { Retrier } from '#local/aws/stepfunctions/definition/definition';
import { matchesError } from './failures.ts';

const DEFAULT_INTERVAL_SECONDS = 1;
const DEFAULT_MAX_ATTEMPTS = 3;
const DEFAULT_BACKOFF_RATE = 2;

/**
 * Counts the retries of one visit of a state. Each retrier has its own count; the first one that matches decides.
 */
export class RetryBudget {
  readonly #retriers: readonly Retrier[];
  readonly #used = new Map<Retrier, number>();

  constructor(retriers: readonly Retrier[] = []) {
    this.#retriers = retriers;
  }

  /** Takes one retry. Returns its delay in ms, undefined when none is left. `random` (0 to 1) scales a full jitter. */
  take(error: string | undefined, random: () => number): number | undefined {
    const retrier = this.#retriers.find((each) => matchesError(each.ErrorEquals, error));
    if (retrier === undefined) return undefined;
    const used = this.#used.get(retrier) ?? 0;
    if (used >= (retrier.MaxAttempts ?? DEFAULT_MAX_ATTEMPTS)) return undefined;
    this.#used.set(retrier, used + 1);
    return delayMs(retrier, used) * (retrier.JitterStrategy === 'FULL' ? random() : 1);
  }
}

function delayMs(retrier: Retrier, used: number): number {
  const first = retrier.IntervalSeconds ?? DEFAULT_INTERVAL_SECONDS;
  const seconds = first * (retrier.BackoffRate ?? DEFAULT_BACKOFF_RATE) ** used;
  return 1000 * Math.min(seconds, retrier.MaxDelaySeconds ?? Number.POSITIVE_INFINITY);
}
