/** The wait before records that a throttled table has handed back are sent again. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Throttled } from '#domain/errors';

const UNPROCESSED_WAIT_MS = 50;
const MAX_UNPROCESSED_ROUNDS = 10;

/**
 * DynamoDB hands back records that a throttled table could not take. Send them again after this wait: up to 50 ms after
 * round 0, twice as long after each further one.
 * @throws Throttled after ten rounds
 */
export async function backOff(round: number): Promise<void> {
  if (round >= MAX_UNPROCESSED_ROUNDS) throw new Throttled('DynamoDB');
  await sleep(UNPROCESSED_WAIT_MS * 2 ** round * Math.random());
}
