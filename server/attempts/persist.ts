/** Repeats a write until it succeeds. Nothing that the server accepted is lost while the server lives. */
import { setTimeout as sleep } from 'node:timers/promises';
import { log } from '#server/log';

const FIRST_WAIT_MS = 100;
const MAX_WAIT_MS = 5_000;

/**
 * Repeats a guarded write until it succeeds or the server has ended; `serverEnd` is the only limit. A server that
 * cannot write misses its heartbeats, loses its lease and is fenced, and the reaper settles what it held.
 */
export async function persist(write: () => Promise<unknown>, serverEnd: AbortSignal): Promise<void> {
  for (let waitMs = FIRST_WAIT_MS; !serverEnd.aborted; waitMs = Math.min(MAX_WAIT_MS, waitMs * 2)) {
    try {
      await write();
      return;
    } catch (error) {
      log('A record could not be written; the server tries again.', { error, waitMs });
      await sleep(waitMs);
    }
  }
}
