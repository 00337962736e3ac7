/** When the records of ended jobs, tasks, servers and aborts expire. */
import { WrongSettings } from '#domain/errors';
import { DEFAULT_HISTORY_DAYS } from '#domain/limits';

const SECONDS_PER_DAY = 24 * 3600;

/**
 * The expiry, in epoch seconds, of a record that ended then: `LASTCALL_HISTORY_DAYS` later, by default 90 days.
 * @throws WrongSettings if the variable is not a positive number
 */
export function expiryOf(endedAt: string): number {
  const days = Number(process.env.LASTCALL_HISTORY_DAYS ?? DEFAULT_HISTORY_DAYS);
  if (!(days > 0))
    throw new WrongSettings(`LASTCALL_HISTORY_DAYS is "${process.env.LASTCALL_HISTORY_DAYS}"; give a number of days.`);
  return Math.ceil(Date.parse(endedAt) / 1000) + days * SECONDS_PER_DAY;
}

/** Tasks are kept longer: their job may run on, and needs to know how they ended. */
const TASK_KEPT_LONGER_DAYS = 30;

/** The expiry, in epoch seconds, of a task that ended then: 30 days after that of other records. */
export function taskExpiryOf(endedAt: string): number {
  return expiryOf(endedAt) + TASK_KEPT_LONGER_DAYS * SECONDS_PER_DAY;
}

/** Before this time (ISO-8601) nothing is kept: a job may run as long as its tasks are kept, and then it is history. */
export function oldestKept(): string {
  const now = new Date();
  const seconds = expiryOf(now.toISOString()) + taskExpiryOf(now.toISOString()) - (2 * now.getTime()) / 1000;
  return new Date(Math.max(0, now.getTime() - seconds * 1000)).toISOString();
}

/** The attributes that a task gets when it ends. */
export function taskEndOf(endedAt: string): { endedAt: string; expiresAt: number } {
  return { endedAt, expiresAt: taskExpiryOf(endedAt) };
}

/** The attributes that another record gets when it ends. */
export function endOf(endedAt: string): { endedAt: string; expiresAt: number } {
  return { endedAt, expiresAt: expiryOf(endedAt) };
}

/** Whether a record has expired: DynamoDB deletes expired records only some time later. */
export function isExpired({ expiresAt }: { readonly expiresAt?: unknown }): boolean {
  return typeof expiresAt === 'number' && expiresAt * 1000 <= Date.now();
}
