/** Writes of new records, many in one request. */
import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb';
import { inParallel } from '#store/in-parallel';
import type { TableName } from '#store/schema';
import { backOff } from './back-off.ts';
import { send, tableName } from './client.ts';
import type { Item } from './guarded-write.ts';

/** DynamoDB's own limit. */
const MAX_ITEMS_PER_WRITE = 25;
const WRITES_AT_ONCE = 8;

/**
 * Writes new records without a condition, 25 a request, 8 requests at once. Safe to repeat with the same records.
 * @throws Throttled
 */
export async function writeItems(table: TableName, items: readonly Item[]): Promise<void> {
  const batches: Item[][] = [];
  for (let start = 0; start < items.length; start += MAX_ITEMS_PER_WRITE)
    batches.push(items.slice(start, start + MAX_ITEMS_PER_WRITE));
  await inParallel(batches, WRITES_AT_ONCE, (batch) => writeBatch(table, batch));
}

async function writeBatch(table: TableName, batch: readonly Item[]): Promise<void> {
  const name = tableName(table);
  let left = batch;
  for (let round = 0; left.length > 0; round += 1) {
    const reply = await send(
      new BatchWriteCommand({ RequestItems: { [name]: left.map((item) => ({ PutRequest: { Item: item } })) } }),
    );
    left = (reply.UnprocessedItems?.[name] ?? []).flatMap((each) =>
      each.PutRequest?.Item ? [each.PutRequest.Item] : [],
    );
    if (left.length > 0) await backOff(round);
  }
}
