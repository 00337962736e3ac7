/** How far the reaper has come in its round over the open jobs: kept while one run does not reach them all. */
import { z } from 'zod';
import { guardedWrite } from '#store/dynamodb/guarded-write';
import { parseRecord } from '#store/dynamodb/parse-record';
import { readItem } from '#store/dynamodb/read';

const backlogSchema = z.object({ ReadyTasks: z.number(), OldestCancellingSeconds: z.number() });
/** What waits for the servers, and for how long a cancelled job has not come to its end. */
export type Backlog = z.infer<typeof backlogSchema>;

const roundSchema = z.object({
  /** It goes on with the jobs whose ids are below; absent at its beginning. */
  before: z.string().optional(),
  /** What it has seen so far. */
  seen: backlogSchema,
  /** What the round before had seen at its end. */
  last: backlogSchema.optional(),
});
export type Round = z.infer<typeof roundSchema>;

const recordSchema = z.object({ round: roundSchema.optional() });

/** The round over the open jobs is the only one so far. */
const KEY = { name: 'open-jobs' };

/** The round that is under way, or that was the last of those that took several runs; undefined when one run reaches all jobs. 1 RCU. */
export async function findRound(): Promise<Round | undefined> {
  const item = await readItem('rounds', KEY);
  return item && parseRecord(recordSchema, 'rounds', item).round;
}

/** Keeps the round, or forgets it. Of several runs at once the last one counts: a job may be looked at twice, none is left out. 1 WCU. */
export async function keepRound(round: Round | undefined): Promise<void> {
  await guardedWrite({ table: 'rounds', key: KEY, ...(round ? { set: { round } } : { remove: ['round'] }), when: [] });
}
