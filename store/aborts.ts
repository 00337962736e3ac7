/** Aborts: their records, from the request to the outcome of each task. */
import { type Abort, abortSchema } from '#domain/aborts/abort';
import { notFound } from '#domain/errors';
import type { Job } from '#domain/jobs/job';
import { ABORT_MOVES } from '#domain/status-moves';
import type { Condition } from '#store/dynamodb/expressions';
import { guardedDelete } from '#store/dynamodb/guarded-delete';
import { guardedWrite, type Item } from '#store/dynamodb/guarded-write';
import { parseRecord } from '#store/dynamodb/parse-record';
import { readItem } from '#store/dynamodb/read';
import { setOnJob } from './jobs.ts';

/** The name of a change of an abort's status. */
type AbortMove = keyof typeof ABORT_MOVES;

/**
 * Creates the record, so that servers can drain for it. The abort is not in force yet: it cannot end or be withdrawn.
 * Repeating it changes nothing. 1 WCU for each KB of the record.
 */
export async function prepareAbort({ abortId, ...set }: Abort): Promise<void> {
  const when = [{ attribute: 'abortId', exists: false }];
  await guardedWrite({ table: 'aborts', key: { abortId }, set: { ...set, phase: 'Requested' }, when });
}

/**
 * Brings a prepared abort into force, with the servers that it restarts and its bystanders, and links it to its job.
 * False if another abort was first, the job is no longer Cancelling, a further condition on it does not hold, or the
 * reaper has deleted the record as that of a dead request: then the caller must discard it. 1 WCU for each KB of the
 * record, and 1 for the job.
 */
export async function enactAbort(
  job: Job,
  { abortId, serverIds, bystanders }: Abort,
  { set = {}, when = [] }: { set?: Item; when?: readonly Condition[] } = {},
): Promise<boolean> {
  const opened = await setOnAbort(abortId, { phase: 'Open', serverIds, bystanders }, [
    { attribute: 'phase', in: ['Requested'] },
  ]);
  return (
    opened &&
    (await setOnJob(job.jobId, { ...set, abortId }, [
      ...when,
      { attribute: 'status', in: ['Cancelling'] },
      job.abortId === undefined ? { attribute: 'abortId', exists: false } : { attribute: 'abortId', in: [job.abortId] },
    ]))
  );
}

/** Deletes the record of an abort that never came into force, unless it has moved on. 1 WCU for each KB of it. */
export async function deleteAbort({ abortId, status }: Abort): Promise<void> {
  await guardedDelete({ table: 'aborts', key: { abortId }, when: [{ attribute: 'status', in: [status] }] });
}

/**
 * A record of the table as an abort.
 * @throws MalformedRecord
 */
export function toAbort(item: Item): Abort {
  return parseRecord(abortSchema, 'aborts', item);
}

/**
 * The abort, read consistently. 1 RCU for each 4 KB.
 * @throws Refusal NotFound
 * @throws MalformedRecord
 */
export async function getAbort(abortId: string): Promise<Abort> {
  const abort = await findAbort(abortId);
  if (!abort) throw notFound('abort', abortId);
  return abort;
}

/**
 * The abort, read consistently; undefined if it does not exist. 1 RCU for each 4 KB.
 * @throws MalformedRecord
 */
export async function findAbort(abortId: string): Promise<Abort | undefined> {
  const item = await readItem('aborts', { abortId });
  return item && toAbort(item);
}

/** Moves the abort in one guarded write; false if its status does not allow it. 1 WCU for each KB of the record. */
export async function moveAbort(abortId: string, move: AbortMove): Promise<boolean> {
  return (await guardedWrite({ table: 'aborts', key: { abortId }, move: ABORT_MOVES[move], when: [] })).applied;
}

/** Sets attributes of an abort; false if these conditions do not hold. 1 WCU for each KB of the record. */
export async function setOnAbort(abortId: string, set: Item, when: readonly Condition[]): Promise<boolean> {
  return (await guardedWrite({ table: 'aborts', key: { abortId }, set, when })).applied;
}
