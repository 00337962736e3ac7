/** What the reaper keeps for its next call: how far its round over the open jobs is, and its look at the servers. */
import * as z from 'zod';
import { type Look, lookSchema } from '#domain/servers/silence';
import { guardedWrite } from '#store/dynamodb/guarded-write';
import { parseEach } from '#store/dynamodb/parse-record';
import { readItem } from '#store/dynamodb/read';

const backlogSchema = z.object({
  ReadyTasks: z.number(),
  OldestCancellingSeconds: z.number(),
  /** Tasks for which a sleeping fleet is woken. */
  wakingTasks: z.number().default(0),
});
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

const JOBS = { name: 'open-jobs' };
const SERVERS = { name: 'servers' };

const lookRecordSchema = z.object({ look: lookSchema, lastWrite: z.string() });
const markSchema = z.object({ lastWrite: z.string() });
/** A look as it was kept. `mark` is that of its write: it names this look and no other. */
type KeptLook = { readonly look?: Look; readonly mark?: string | undefined };

/**
 * The current round, or what the last one has left; undefined if one pass reaches all jobs. A malformed round is logged
 * and counts as none, so a new one begins. 1 RCU.
 */
export async function findRound(): Promise<Round | undefined> {
  const item = await readItem('rounds', JOBS);
  return item && parseEach(recordSchema, 'rounds', [item])[0]?.round;
}

/**
 * Keeps the round, or forgets it. The last write wins: two passes at once may see a job twice, but skip none. 1 WCU.
 */
export async function keepRound(round: Round | undefined): Promise<void> {
  await guardedWrite({ table: 'rounds', key: JOBS, ...(round ? { set: { round } } : { remove: ['round'] }), when: [] });
}

/** The last look. A malformed one is logged and proves nothing. 1 RCU for each 4 KB. */
export async function findLook(): Promise<KeptLook> {
  const item = await readItem('rounds', SERVERS);
  if (!item) return {};
  const [record] = parseEach(lookRecordSchema, 'rounds', [item]);
  return record ? { look: record.look, mark: record.lastWrite } : { mark: markSchema.safeParse(item).data?.lastWrite };
}

/**
 * Keeps the look in place of the one that it goes on from. False if another look was kept meanwhile: then this one
 * proves nothing. 1 WCU for each KB.
 */
export async function keepLook(look: Look, { mark }: KeptLook): Promise<boolean> {
  const attribute = 'lastWrite';
  const when = mark === undefined ? [{ attribute, exists: false }] : [{ attribute, in: [mark] }];
  return (await guardedWrite({ table: 'rounds', key: SERVERS, set: { look }, when })).applied;
}
