/** Creates many records in one request: each of them only if its key is free. */
import { BatchExecuteStatementCommand, type BatchExecuteStatementCommandOutput } from '@aws-sdk/lib-dynamodb';
import { RecordRefused } from '#domain/errors';
import { inParallel } from '#store/in-parallel';
import type { TableName } from '#store/schema';
import { backOff } from './back-off.ts';
import { send, tableName } from './client.ts';
import type { Item } from './guarded-write.ts';

/** DynamoDB's own limit. */
const MAX_ITEMS_PER_WRITE = 25;
const WRITES_AT_ONCE = 8;

/** Errors of one statement that a later repeat may not meet (API reference, "BatchStatementError"). */
const PASSING: ReadonlySet<string> = new Set([
  'InternalServerError',
  'ProvisionedThroughputExceeded',
  'RequestLimitExceeded',
  'ThrottlingError',
  'TransactionConflict',
]);

/**
 * Creates the records, 25 a request, 8 requests at once, and returns those whose key was taken: their records stay as
 * they are. Keys must differ. The capacity of single writes; 1 WCU for a key that is taken.
 * @throws Throttled, OutOfTime
 * @throws RecordRefused if DynamoDB never takes one of them
 */
export async function createItems(table: TableName, items: readonly Item[]): Promise<Item[]> {
  const batches: Item[][] = [];
  for (let start = 0; start < items.length; start += MAX_ITEMS_PER_WRITE)
    batches.push(items.slice(start, start + MAX_ITEMS_PER_WRITE).map(withoutUndefined));
  const taken: Item[] = [];
  await inParallel(batches, WRITES_AT_ONCE, async (batch) => taken.push(...(await createBatch(table, batch))));
  return taken;
}

async function createBatch(table: TableName, batch: readonly Item[]): Promise<Item[]> {
  const taken: Item[] = [];
  for (let round = 0, left = batch; left.length > 0; round += 1) {
    if (round > 0) await backOff(round - 1);
    const statements = left.map((item) => insertOf(table, item));
    const reply = await send(new BatchExecuteStatementCommand({ Statements: statements }));
    const codes = (reply.Responses ?? []).map(codeOf);
    taken.push(...left.filter((_item, index) => codes[index] === 'DuplicateItem'));
    left = left.filter((_item, index) => PASSING.has(codes[index] ?? ''));
  }
  return taken;
}

/** The developer guide writes an item with a parameter for each attribute; the local engine takes no other form. */
function insertOf(table: TableName, item: Item) {
  const attributes = Object.keys(item).map((name) => `'${name}': ?`);
  return {
    Statement: `INSERT INTO "${tableName(table)}" VALUE {${attributes.join(', ')}}`,
    Parameters: Object.values(item),
  };
}

type Reply = NonNullable<BatchExecuteStatementCommandOutput['Responses']>[number];

function codeOf({ Error: error }: Reply): string | undefined {
  const code = error?.Code;
  if (code === undefined || code === 'DuplicateItem' || PASSING.has(code)) return code;
  throw new RecordRefused(`DynamoDB refuses the record: ${code}: ${error?.Message}`);
}

/** A parameter cannot be left out. */
function withoutUndefined(item: Item): Item {
  return Object.fromEntries(Object.entries(item).filter(([, value]) => value !== undefined));
}
