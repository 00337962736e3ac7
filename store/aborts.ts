/** Aborts: their records, from the request to the proof of what became of each task. */
import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { type Abort, abortSchema } from '#domain/aborts/abort';
import { notFound } from '#domain/errors';
import type { Job } from '#domain/jobs/job';
import { documents, tableName } from '#store/dynamodb/client';
import { type Condition, guardedWrite, type Item } from '#store/dynamodb/guarded-write';
import { readItem } from '#store/dynamodb/read';
import { setOnJob } from './jobs.ts';

export const OPEN = ['Draining', 'Restarting', 'Stopping'] as const;

/** Puts the record in whose name servers may drain. The abort is not in force yet: nobody ends or withdraws it. */
export async function prepareAbort(abort: Abort): Promise<void> {
  await documents().send(new PutCommand({ TableName: tableName('aborts'), Item: { ...abort, phase: 'Requested' } }));
}

/**
 * Brings a prepared abort into force, with the servers that it does restart and those that these run beside it, and links it to its job, which
 * decides: false when another abort was first, the job is not Cancelling any more, or the reaper has taken the record for that of a dead
 * request. The caller is to discard it then.
 */
export async function enactAbort(job: Job, { abortId, serverIds, bystanders }: Abort): Promise<boolean> {
  const opened = await setOnAbort(abortId, { phase: 'Open', serverIds, bystanders }, [
    { attribute: 'phase', in: ['Requested'] },
  ]);
  return (
    opened &&
    (await setOnJob(job.jobId, { abortId }, [
      { attribute: 'status', in: ['Cancelling'] },
      job.abortId === undefined ? { attribute: 'abortId', exists: false } : { attribute: 'abortId', in: [job.abortId] },
    ]))
  );
}

/** Takes the record of an abort away that never came into force. */
export async function deleteAbort(abortId: string): Promise<void> {
  await documents().send(new DeleteCommand({ TableName: tableName('aborts'), Key: { abortId } }));
}

/**
 * The abort, read consistently.
 * @throws Refusal NotFound
 */
export async function getAbort(abortId: string): Promise<Abort> {
  const abort = await findAbort(abortId);
  if (!abort) throw notFound('abort', abortId);
  return abort;
}

/** The abort, or undefined when there is none. */
export async function findAbort(abortId: string): Promise<Abort | undefined> {
  return abortSchema.safeParse(await readItem('aborts', { abortId })).data;
}

/** Moves an open abort on to another open status; whether it was in one of these. */
export async function setOnAbort(abortId: string, set: Item, when: readonly Condition[]): Promise<boolean> {
  return (await guardedWrite({ table: 'aborts', key: { abortId }, set, when })).applied;
}
