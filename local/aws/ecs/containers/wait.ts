import { setTimeout as delay } from 'node:timers/promises';

/** Waits, in milliseconds, or until the signal is aborted, whichever comes first. */
export async function wait(waitMs: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(waitMs, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
