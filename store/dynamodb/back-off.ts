/** The wait before what a throttled table has handed back is sent again. */

const UNPROCESSED_WAIT_MS = 50;
const MAX_UNPROCESSED_ROUNDS = 10;

/**
 * DynamoDB hands back what a throttled table could not take; it is to be sent again after a while, twice as long each round at most.
 * @throws Error after ten rounds
 */
export async function backOff(round: number): Promise<void> {
  if (round >= MAX_UNPROCESSED_ROUNDS)
    throw new Error('DynamoDB keeps handing back unprocessed records: the table is throttled.');
  const waitMs = UNPROCESSED_WAIT_MS * 2 ** round * Math.random();
  await new Promise((resolve) => setTimeout(resolve, waitMs));
}
