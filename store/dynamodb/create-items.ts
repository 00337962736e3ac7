/** Creates many records in one request: each of them only if its key is free. */
import { inParallel } from '#store/in-parallel';
import type { TableName } from '#store/schema';
import { tableName } from './client.ts';
import type { Item } from './guarded-write.ts';
import { executeEach, MAX_STATEMENTS, type Statement } from './statements.ts';

const REQUESTS_AT_ONCE = 8;

/**
 * Creates the records, 25 a request, 8 requests at once, and returns those whose key was taken: their records stay as
 * they are. Keys must differ. The capacity of single writes; 1 WCU for a key that is taken.
 * @throws Throttled, OutOfTime
 * @throws RecordRefused if DynamoDB never takes one of them
 */
export async function createItems(table: TableName, items: readonly Item[]): Promise<Item[]> {
  const batches: Item[][] = [];
  for (let start = 0; start < items.length; start += MAX_STATEMENTS)
    batches.push(items.slice(start, start + MAX_STATEMENTS).map(withoutUndefined));
  const taken: Item[] = [];
  await inParallel(batches, REQUESTS_AT_ONCE, async (batch) => {
    const statements = batch.map((item) => insertOf(table, item));
    const results = await executeEach(statements, 'DuplicateItem');
    for (const { fault } of results) if (fault) throw fault;
    taken.push(...batch.filter((_item, index) => results[index]?.isRefused));
  });
  return taken;
}

/** The developer guide writes an item with a parameter for each attribute; the local engine takes no other form. */
function insertOf(table: TableName, item: Item): Statement {
  const attributes = Object.keys(item).map((name) => `'${name}': ?`);
  return {
    Statement: `INSERT INTO "${tableName(table)}" VALUE {${attributes.join(', ')}}`,
    Parameters: Object.values(item),
  };
}

/** A parameter cannot be left out. */
function withoutUndefined(item: Item): Item {
  return Object.fromEntries(Object.entries(item).filter(([, value]) => value !== undefined));
}
