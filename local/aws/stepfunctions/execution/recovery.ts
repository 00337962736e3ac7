import { z } from 'zod';
import { waitUntil } from '#local/aws/stepfunctions/clock';
import type { MayFail } from '#local/aws/stepfunctions/definition/definition';
import { errorOutput, type Failure, matchesError, StateFailure } from './failures.ts';
import { RetryBudget } from './retries.ts';
import { type Leaving, leave, noteFailedEvaluation, type Visit } from './visit.ts';

type Recoverable = MayFail & { readonly Type: 'Task' | 'Map' };

/**
 * Attempts until one succeeds or no retrier matches; then the first catcher that matches decides the next state.
 * The retriers' MaxAttempts limit the loop. `visit.retryCount` numbers the attempts from 0.
 * A back-off counts the time without a process.
 * @throws StateFailure when no catcher matches
 */
export async function recover(visit: Visit, state: Recoverable, attempt: () => Promise<Leaving>): Promise<Leaving> {
  const budget = new RetryBudget(state.Retry);
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof StateFailure)) throw error;
      noteFailedEvaluation(visit, error);
      const delayMs = budget.take(error.failure.error, Math.random);
      if (delayMs === undefined) return giveUp(visit, state, error.failure);
      await backOff(visit, delayMs);
    }
  }
}

async function backOff(visit: Visit, delayMs: number): Promise<void> {
  const { frame } = visit;
  const { clock } = frame.host;
  const until = await frame.once(`retry.${visit.retryCount}`, z.number(), { decide: () => clock.now() + delayMs });
  await frame.once(`retried.${visit.retryCount}`, z.literal(true), {
    // A replay must not wait here again: a server may already hold the next attempt's token.
    decide: () => waitUntil(until, clock, frame.signal).then(() => true as const),
  });
  visit.retryCount += 1;
}

async function giveUp(visit: Visit, state: Recoverable, failure: Failure): Promise<Leaving> {
  if (state.Type === 'Map') visit.frame.emit('failed', { type: 'MapStateFailed' });
  const catcher = state.Catch?.find((each) => matchesError(each.ErrorEquals, failure.error));
  if (!catcher) throw new StateFailure(failure);
  const caught = errorOutput(failure);
  return leave(visit, catcher, { otherwise: caught, next: catcher.Next, extra: { errorOutput: caught } });
}
