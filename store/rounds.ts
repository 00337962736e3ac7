/** How far the reaper is in its round over the open jobs: kept while one pass of it does not reach all of them. */
import { z } from 'zod';
import { guardedWrite } from '#store/dynamodb/guarded-write';
import { parseEach } from '#store/dynamodb/parse-record';
import { readItem } from '#store/dynamodb/read';

const backlogSchema = z.object({ ReadyTasks: z.number(), OldestCancellingSeconds: z.number() });
/** How much waits for the servers, and how long ago the oldest cancelled job that has not ended was cancelled. */
export type Backlog = z.infer<typeof backlogSchema>;

const roundSchema = z.object({
  /** The round continues with ids below this one; absent at its start. */
  before: z.string().optional(),
  /** The backlog seen so far. */
  seen: backlogSchema,
  /** The backlog that the round before had seen at its end. */
  last: backlogSchema.optional(),
});
/** A round of the reaper over the open jobs. */
export type Round = z.infer<typeof roundSchema>;

const recordSchema = z.object({ round: roundSchema.optional() });

/** The round over the open jobs is the only one so far. */
const KEY = { name: 'open-jobs' };

/**
 * The current round, or what the last one has left; undefined if one pass reaches all jobs. A malformed round is logged
 * and counts as none, so a new one begins. 1 RCU.
 */
export async function findRound(): Promise<Round | undefined> {
  const item = await readItem('rounds', KEY);
  return item && parseEach(recordSchema, 'rounds', [item])[0]?.round;
}

/**
 * Keeps the round, or forgets it. The last write wins: two passes at once may see a job twice, but skip none. 1 WCU.
 */
export async function keepRound(round: Round | undefined): Promise<void> {
  await guardedWrite({ table: 'rounds', key: KEY, ...(round ? { set: { round } } : { remove: ['round'] }), when: [] });
}
