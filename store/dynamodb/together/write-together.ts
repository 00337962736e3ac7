/** Guarded writes that are wanted at the same moment, wherever in the process, go in one request. */
import { RecordRefused, refusedOrThrow } from '#domain/errors';
import { isForGood, refusedRecord } from '#store/dynamodb/guarded-write';
import { type BatchedChange, type BatchedWrite, writeBatch } from '#store/dynamodb/guarded-writes';
import { MAX_STATEMENTS } from '#store/dynamodb/statements';
import { Together } from './together.ts';

type Wanted = { readonly change: BatchedChange; readonly outcome: PromiseWithResolvers<BatchedWrite> };

const writes = new Together<Wanted>({ requestsAtOnce: 2, take: nextBatch, send });

/**
 * Makes the change if its conditions hold, in one request with others that are wanted now. Its outcome depends on no
 * other change. Cost and outcome as in `guardedWrites`.
 * @throws Throttled, OutOfTime: the change may have been made
 * @throws RecordRefused if DynamoDB never takes the record
 */
export function writeTogether(change: BatchedChange): Promise<BatchedWrite> {
  const outcome = Promise.withResolvers<BatchedWrite>();
  writes.want({ change, outcome });
  return outcome.promise;
}

/**
 * `writeTogether` for each of the changes; a record that DynamoDB never takes is no fault of the others. Once this
 * settles, none of them is under way any more.
 * @throws the first fault of a change
 */
export async function writeAllTogether(changes: readonly BatchedChange[]): Promise<(BatchedWrite | RecordRefused)[]> {
  const settled = await Promise.allSettled(changes.map(writeTogether));
  return settled.map((one) => (one.status === 'fulfilled' ? one.value : refusedOrThrow(one.reason)));
}

/** A request has no record twice. */
function nextBatch(waiting: Wanted[]): Wanted[] {
  const keys = new Set<string>();
  const batch: Wanted[] = [];
  for (const wanted of waiting.splice(0)) {
    const key = JSON.stringify(wanted.change.key);
    const fits = batch.length < MAX_STATEMENTS && !keys.has(key);
    (fits ? batch : waiting).push(wanted);
    keys.add(key);
  }
  return batch;
}

async function send(batch: readonly Wanted[]): Promise<void> {
  try {
    const written = await writeBatch(batch.map(({ change }) => change));
    for (const [index, { outcome }] of batch.entries()) settle(outcome, written[index]);
  } catch (error) {
    // One malformed value refuses the whole request; alone, each change has its own outcome.
    if (isForGood(error)) await Promise.all(batch.map(sendAlone));
    else for (const { outcome } of batch) outcome.reject(error);
  }
}

async function sendAlone({ change, outcome }: Wanted): Promise<void> {
  try {
    const [written] = await writeBatch([change]);
    settle(outcome, written);
  } catch (error) {
    outcome.reject(isForGood(error) ? refusedRecord(error) : error);
  }
}

function settle({ resolve, reject }: Wanted['outcome'], write: BatchedWrite | RecordRefused | undefined): void {
  if (write && !(write instanceof RecordRefused)) resolve(write);
  else reject(write);
}
