/** The wait before records that a throttled table has handed back are sent again. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Throttled } from '#domain/errors';
import { timeLeftMs } from './deadline.ts';

const UNPROCESSED_WAIT_MS = 50;
const MAX_WAIT_MS = 1_000;
/** About a quarter of a minute. */
const MAX_UNPROCESSED_ROUNDS = 30;

/**
 * DynamoDB hands back records that a throttled table could not take. Send them again after this wait: up to 50 ms after
 * round 0, twice as long after each further one, at most a second.
 * @throws Throttled after 30 rounds, or if the deadline leaves no time for another one
 */
export async function backOff(round: number): Promise<void> {
  const waitMs = Math.min(UNPROCESSED_WAIT_MS * 2 ** round, MAX_WAIT_MS) * Math.random();
  if (round >= MAX_UNPROCESSED_ROUNDS || waitMs >= timeLeftMs()) throw new Throttled('DynamoDB');
  await sleep(waitMs);
}
