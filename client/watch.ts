/** Follows a record until its end: one call at a time. */
import { backOffMs, lookAgainMs, pause } from './pace.ts';
import { Refused } from './refused.ts';
import { mayHelp } from './send.ts';

/** How a watch goes on. */
export type WatchOptions = {
  readonly signal?: AbortSignal | undefined;
  /** Called when a look has failed and the watch goes on. */
  readonly onTrouble?: ((error: Error) => void) | undefined;
};

/** What is watched. `isUrgent`: the looks stay frequent while nothing moves. */
type Watched<Seen> = {
  readonly look: () => Promise<Seen>;
  readonly isOver: (seen: Seen) => boolean;
  readonly isUrgent?: boolean;
};

/**
 * Each state that differs from the one before, the first and the last included. While the API cannot be reached or is
 * busy, the watch goes on: it ends only with the record, or when its signal is aborted.
 * @throws Refused for what will not pass by itself, or the reason of the signal
 */
export async function* watch<Seen>(watched: Watched<Seen>, options: WatchOptions = {}): AsyncGenerator<Seen> {
  let last = '';
  let changedAt = Date.now();
  for (;;) {
    const seen = await lookUntilSeen(watched.look, options);
    const text = JSON.stringify(seen);
    if (text !== last) {
      last = text;
      changedAt = Date.now();
      yield seen;
    }
    if (watched.isOver(seen)) return;
    await pause(lookAgainMs(watched.isUrgent ? 0 : Date.now() - changedAt), options.signal);
  }
}

async function lookUntilSeen<Seen>(look: () => Promise<Seen>, { signal, onTrouble }: WatchOptions): Promise<Seen> {
  for (let failures = 1; ; failures += 1) {
    try {
      return await look();
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof Error) || !mayHelp(error)) throw error;
      onTrouble?.(error);
      await pause(backOffMs(failures, error instanceof Refused ? error.retryAfterSeconds : 0), signal);
    }
  }
}
