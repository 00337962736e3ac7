/** Waits that a signal can end. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Returns true after `ms` milliseconds, or false at once when the signal aborts. */
export async function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    return await sleep(ms, true, { signal });
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}

/** Waits for the end of this, at most so long. */
export async function within(end: Promise<unknown>, limitMs: number): Promise<void> {
  const over = new AbortController();
  try {
    await Promise.race([end, pause(limitMs, over.signal)]);
  } finally {
    over.abort();
  }
}
