/** Guarded writes: the only way in which a record changes. One UpdateItem with a condition, never a read first. */
import { randomUUID } from 'node:crypto';
import { ConditionalCheckFailedException, DynamoDBServiceException } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { RecordRefused } from '#domain/errors';
import type { Move } from '#domain/status-moves';
import { countTaskMove, doubtTaskMove, leavesOrigin, MOVED_FROM } from '#store/counts/task-moves';
import type { TableName } from '#store/schema';
import { tableName } from './client.ts';
import { type Condition, conditionsOf, Placeholders } from './expressions.ts';
import { updateItem } from './requests.ts';

/** A record, or part of one, as DynamoDB returns it. */
export type Item = Readonly<Record<string, unknown>>;
/** A guarded write: what changes, and under which conditions. */
export type Change = {
  readonly table: TableName;
  readonly key: Readonly<Record<string, string>>;
  /** The change of status, if there is one: from one of `from` to `to`. */
  readonly move?: Move<string>;
  /** Attributes to set; undefined ones stay as they are. */
  readonly set?: Item;
  /** Attributes to set unless they exist. */
  readonly setOnce?: Item;
  readonly remove?: readonly string[];
  /** Numbers to add, or members to add to a string set. */
  readonly add?: Readonly<Record<string, number | ReadonlySet<string>>>;
  /** Members to delete from a string set. */
  readonly takeOut?: Readonly<Record<string, ReadonlySet<string>>>;
  /** All must hold, besides the move's own. Without conditions and move the write is always made. */
  readonly when: readonly Condition[];
};

/** The new record; or, if a condition did not hold, the record as it is, if it exists. */
export type Written =
  | { readonly applied: true; readonly item: Item }
  | { readonly applied: false; readonly item?: Item };

/**
 * Makes the change if its conditions hold; a refused write is a value, not an exception. 1 WCU for each KB of the
 * record, and 1 for each index entry that changes. Each write leaves its own mark: if the reply to a write was lost,
 * the SDK's repeat may be refused, and the mark shows that the write was made.
 * @throws RecordRefused if DynamoDB never takes the record
 */
export async function guardedWrite(change: Change): Promise<Written> {
  const written = await write(change);
  if (written.applied) countTaskMove(change, written.item);
  return written;
}

async function write(change: Change): Promise<Written> {
  const mark = randomUUID();
  try {
    const reply = await updateItem({ ...expressionsOf(moving(change), mark), ReturnValues: 'ALL_NEW' });
    return { applied: true, item: reply.Attributes ?? {} };
  } catch (error) {
    if (isForGood(error)) throw refusedRecord(error);
    if (!(error instanceof ConditionalCheckFailedException)) {
      doubtTaskMove(change);
      throw error;
    }
    if (!error.Item) return { applied: false };
    const item = unmarshall(error.Item);
    return { applied: item.lastWrite === mark, item };
  }
}

/** Whether DynamoDB will never take the request. */
export function isForGood(error: unknown): error is DynamoDBServiceException {
  return error instanceof DynamoDBServiceException && error.name === 'ValidationException';
}

/** Says so, with the service's own words. */
export function refusedRecord(error: DynamoDBServiceException): RecordRefused {
  return new RecordRefused(`DynamoDB refuses the record: ${error.message}`, { cause: error });
}

function moving(change: Change): Change {
  const { move, set, when } = change;
  if (!move) return change;
  return { ...change, set: { ...set, status: move.to }, when: [{ attribute: 'status', in: move.from }, ...when] };
}

function expressionsOf(change: Change, mark: string) {
  const placeholders = new Placeholders();
  return {
    TableName: tableName(change.table),
    Key: change.key,
    UpdateExpression: updateExpression(change, placeholders, mark),
    ...conditionsOf(change.when, placeholders),
  };
}

function updateExpression(change: Change, placeholders: Placeholders, mark: string): string {
  const name = (attribute: string) => placeholders.name(attribute);
  const value = (given: unknown) => placeholders.value(given);
  const sets = Object.entries({ ...change.set, lastWrite: mark })
    .filter(([, given]) => given !== undefined)
    .map(([attribute, given]) => `${name(attribute)} = ${value(given)}`);
  // The operands of SET have the values from before the write.
  if (leavesOrigin(change)) sets.push(`${name(MOVED_FROM)} = ${name('status')}`);
  for (const [attribute, given] of Object.entries(change.setOnce ?? {})) {
    sets.push(`${name(attribute)} = if_not_exists(${name(attribute)}, ${value(given)})`);
  }
  const pairs = (entries: Item = {}) =>
    Object.entries(entries).map(([attribute, given]) => `${name(attribute)} ${value(given)}`);
  const clauses = [
    ['SET', sets],
    ['REMOVE', (change.remove ?? []).map(name)],
    ['ADD', pairs(change.add)],
    ['DELETE', pairs(change.takeOut)],
  ] as const;
  return clauses
    .filter(([, parts]) => parts.length > 0)
    .map(([word, parts]) => `${word} ${parts.join(', ')}`)
    .join(' ');
}
