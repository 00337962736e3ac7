/** Work on many records, one after the other or several at once: no fault and no delay with one keeps the others from theirs. */
import { logger } from './logger.ts';

/** How long the others wait for one: in this time it does nearly all that it ever has to do. */
const LIMIT_MS = 8_000;

/** What takes longer goes on beside the others, and is not begun again before it has ended: so runs cannot pile up on it. */
const underWay = new Set<string>();

/** Does the work; a fault is logged, and the next run tries again. */
export async function attempt(what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    logger.error(`Reaping ${what} failed; the next run tries again.`, { error });
  }
}

/** The same, and waits for it only so long. `what` names the record: work on it that still goes on is left alone. */
export async function attemptInTime(what: string, work: () => Promise<void>, limitMs = LIMIT_MS): Promise<void> {
  if (underWay.has(what)) return;
  underWay.add(what);
  const ended = attempt(what, work).finally(() => underWay.delete(what));
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(() => {
    logger.warn(`Reaping ${what} takes long; the others go on meanwhile.`, { limitMs });
    late.resolve();
  }, limitMs);
  await Promise.race([ended, late.promise]);
  clearTimeout(timer);
}
