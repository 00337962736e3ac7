/** How often to ask, and how long to wait after a failure: the same for every watcher. */

/** How often to ask while something moves. */
export const MOVING_MS = 2_000;
/** When nothing has moved for a while. */
export const STILL_MS = 10_000;
const STILL_AFTER_MS = 30_000;
const FIRST_BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 30_000;
/** Watchers that began at the same time do not stay together. */
const JITTER = 0.2;

/** The time until the next look at something that has not changed for so long. */
export function lookAgainMs(unchangedMs: number): number {
  return jittered(unchangedMs < STILL_AFTER_MS ? MOVING_MS : STILL_MS);
}

/** The time before the next attempt after this number of failures in a row, or what the API asked for if it is more. */
export function backOffMs(failures: number, retryAfterSeconds = 0): number {
  const grown = Math.min(FIRST_BACKOFF_MS * 2 ** (failures - 1), MAX_BACKOFF_MS);
  return Math.max(jittered(grown), retryAfterSeconds * 1000);
}

/**
 * Waits.
 * @throws the reason of the signal, at once when it is aborted
 */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', end);
      resolve();
    }, ms);
    signal?.addEventListener('abort', end, { once: true });
  });
}

function jittered(ms: number): number {
  return ms * (1 - JITTER + 2 * JITTER * Math.random());
}
