/** When records of what has ended may go. */
import { HISTORY_DAYS } from '#domain/limits';

const SECONDS_PER_DAY = 24 * 3600;

/** The expiry, in epoch seconds, of a record that ended then. */
export function expiryOf(endedAt: string): number {
  return Math.ceil(Date.parse(endedAt) / 1000) + HISTORY_DAYS * SECONDS_PER_DAY;
}
