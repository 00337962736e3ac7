/** When records of what has ended may go. */
import { WrongSettings } from '#domain/errors';
import { DEFAULT_HISTORY_DAYS } from '#domain/limits';

const SECONDS_PER_DAY = 24 * 3600;

/**
 * The expiry, in epoch seconds, of a record that ended then: `LASTCALL_HISTORY_DAYS` later, 90 days where that is not set.
 * @throws WrongSettings when the variable is not a positive number
 */
export function expiryOf(endedAt: string): number {
  const days = Number(process.env.LASTCALL_HISTORY_DAYS ?? DEFAULT_HISTORY_DAYS);
  if (!(days > 0))
    throw new WrongSettings(`LASTCALL_HISTORY_DAYS is "${process.env.LASTCALL_HISTORY_DAYS}"; give a number of days.`);
  return Math.ceil(Date.parse(endedAt) / 1000) + days * SECONDS_PER_DAY;
}

/** Tasks are kept so much longer than their end alone asks for: their job may go on, and needs to know how they ended. */
const TASK_KEPT_LONGER_DAYS = 30;

/** The expiry of a task that ended then. */
export function taskExpiryOf(endedAt: string): number {
  return expiryOf(endedAt) + TASK_KEPT_LONGER_DAYS * SECONDS_PER_DAY;
}

/** What a task has from its end on. */
export function taskEndOf(endedAt: string): { endedAt: string; expiresAt: number } {
  return { endedAt, expiresAt: taskExpiryOf(endedAt) };
}

/** What another record has from its end on. */
export function endOf(endedAt: string): { endedAt: string; expiresAt: number } {
  return { endedAt, expiresAt: expiryOf(endedAt) };
}

/** Whether a record is over its time: DynamoDB takes such records away only some time later. */
export function isExpired({ expiresAt }: { readonly expiresAt?: unknown }): boolean {
  return typeof expiresAt === 'number' && expiresAt * 1000 <= Date.now();
}
