/**
 * Guarded writes of many records, 25 in a request: each is made or refused for itself, by the conditions of its own
 * change. docs/decisions.md says why a change has this form.
 */
import { randomUUID } from 'node:crypto';
import { RecordRefused } from '#domain/errors';
import { countFrom, doubtTaskMove } from '#store/counts/task-moves';
import { inParallel } from '#store/in-parallel';
import { TABLES } from '#store/schema';
import { tableName } from './client.ts';
import type { Condition } from './expressions.ts';
import type { Change, Item } from './guarded-write.ts';
import { readItems } from './read.ts';
import { executeEach, MAX_STATEMENTS, type Result, type Statement } from './statements.ts';

/** A change of an existing record that one statement of PartiQL can make: it removes one attribute at most. */
export type BatchedChange = Pick<Change, 'table' | 'key' | 'move' | 'set'> & {
  readonly remove?: readonly [string];
  readonly when: readonly BatchedCondition[];
  /** The outcome has the new record. Where DynamoDB leaves it out, the caller reads it and counts the move. */
  readonly isReturned?: true;
};
type BatchedCondition = Extract<Condition, { in: readonly unknown[] } | { exists: boolean }>;

/**
 * The status from which the record moved, if known, and the new record if it is wanted; of a refused change the record
 * as it is, if it exists.
 */
export type BatchedWrite =
  | { readonly applied: true; readonly from?: string; readonly item?: Item }
  | { readonly applied: false; readonly item?: Item };

const REQUESTS_AT_ONCE = 2;

/**
 * Makes each change whose conditions hold, 2 requests at once, and returns the outcomes in the same order. Keys must
 * differ. A record that does not exist is refused. The capacity of single writes, and 1 RCU for each 4 KB of a refused
 * record where DynamoDB does not return it. As in a single guarded write, a mark shows whose write a refused repeat
 * has met: the own one is made, and `from` is then known only if the move starts from one status.
 * @throws Throttled, OutOfTime: some changes may have been made
 * @throws RecordRefused if DynamoDB never takes one of the records
 */
export async function guardedWrites(changes: readonly BatchedChange[]): Promise<BatchedWrite[]> {
  const starts = Array.from(
    { length: Math.ceil(changes.length / MAX_STATEMENTS) },
    (_, batch) => batch * MAX_STATEMENTS,
  );
  const outcomes = new Map<number, BatchedWrite[]>();
  await inParallel(starts, REQUESTS_AT_ONCE, async (start) => {
    outcomes.set(start, (await writeBatch(changes.slice(start, start + MAX_STATEMENTS))).map(orThrow));
  });
  return starts.flatMap((start) => outcomes.get(start) ?? []);
}

/**
 * The same for at most 25 changes, in one request. A record that DynamoDB never takes is the outcome of its own change.
 * @throws Throttled, OutOfTime: some changes may have been made
 */
export async function writeBatch(changes: readonly BatchedChange[]): Promise<(BatchedWrite | RecordRefused)[]> {
  try {
    const written = await sendBatch(changes);
    for (const [index, change] of changes.entries()) countWrite(change, written[index]);
    return written;
  } catch (error) {
    for (const change of changes) doubtTaskMove(change);
    throw error;
  }
}

function orThrow(write: BatchedWrite | RecordRefused): BatchedWrite {
  if (write instanceof RecordRefused) throw write;
  return write;
}

/** Without the record, the change names the run: what it sets, or what it is conditional on. */
function countWrite(change: BatchedChange, written: BatchedWrite | RecordRefused | undefined): void {
  if (!written || written instanceof RecordRefused || !written.applied) return;
  if (change.isReturned && !written.item) return;
  const [run] = change.when.flatMap((each) => ('in' in each && each.attribute === 'run' ? each.in : []));
  countFrom(change, { from: written.from, run: written.item?.run ?? change.set?.run ?? run });
}

async function sendBatch(changes: readonly BatchedChange[]): Promise<(BatchedWrite | RecordRefused)[]> {
  const mark = randomUUID();
  const results = await executeEach(
    changes.map((change) => updateOf(change, mark)),
    'ConditionalCheckFailed',
  );
  const found = await readRefused(changes, results);
  return changes.map((change, index) => {
    const { isRefused, item, fault } = results[index] ?? { isRefused: false };
    if (fault) return fault;
    const current = item ?? found.get(idOf(change));
    if (!isRefused) return madeOf(change, item);
    if (current?.lastWrite === mark) return madeOf(change, change.isReturned && current);
    return current ? { applied: false, item: current } : { applied: false };
  });
}

/** The records of refused statements that came without them. */
async function readRefused(changes: readonly BatchedChange[], results: readonly Result[]): Promise<Map<string, Item>> {
  const unknown = changes.filter(
    (_change, index) => results[index]?.isRefused && !results[index].item && !results[index].fault,
  );
  const found = await readItems(unknown);
  return new Map(found.map(({ table, item: key }) => [idOf({ table, key }), key]));
}

function idOf({ table, key }: { table: BatchedChange['table']; key: Item }): string {
  const { partitionKey, sortKey = '' }: { partitionKey: string; sortKey?: string } = TABLES[table];
  return JSON.stringify([table, key[partitionKey], key[sortKey]]);
}

/** What a statement returns is the record after the change, or what the change has replaced. */
function madeOf(change: BatchedChange, item?: Item): BatchedWrite {
  if (!change.isReturned) return { applied: true, ...fromOf(change, item?.status) };
  return { applied: true, ...fromOf(change), ...(item ? { item } : {}) };
}

function fromOf({ move }: BatchedChange, before?: unknown): { from?: string } {
  if (!move) return {};
  if (typeof before === 'string') return { from: before };
  const [only, ...others] = move.from;
  return only === undefined || others.length > 0 ? {} : { from: only };
}

/** The one form that AWS and the local engine both take: SET with commas, then REMOVE of one attribute. */
function updateOf({ table, key, move, set, remove, when, isReturned }: BatchedChange, mark: string): Statement {
  const parameters: unknown[] = [];
  const value = (given: unknown) => {
    parameters.push(given);
    return '?';
  };
  const sets = Object.entries({ ...set, ...(move ? { status: move.to } : {}), lastWrite: mark })
    .filter(([, given]) => given !== undefined)
    .map(([name, given]) => `"${name}" = ${value(given)}`);
  const keys = Object.entries(key).map(([name, given]) => `"${name}" = ${value(given)}`);
  const moves: readonly BatchedCondition[] = move ? [{ attribute: 'status', in: move.from }] : [];
  const conditions = [...moves, ...when].map((each) => conditionOf(each, value));
  const update = `UPDATE "${tableName(table)}" SET ${sets.join(', ')}${remove ? ` REMOVE "${remove[0]}"` : ''}`;
  return {
    Statement: `${update} WHERE ${[...keys, ...conditions].join(' AND ')} RETURNING ${isReturned ? 'ALL NEW' : 'MODIFIED OLD'} *`,
    Parameters: parameters,
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  };
}

function conditionOf(condition: BatchedCondition, value: (given: unknown) => string): string {
  const name = `"${condition.attribute}"`;
  if ('exists' in condition) return `${name} IS ${condition.exists ? 'NOT ' : ''}MISSING`;
  return `${name} IN [${condition.in.map(value).join(', ')}]`;
}
