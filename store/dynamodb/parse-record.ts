/** Checks of the records that DynamoDB returns. */
import type { z } from 'zod';
import { MalformedRecord } from '#domain/errors';
import { TABLES, type TableName, type TableSchema } from '#store/schema';
import type { Item } from './guarded-write.ts';

/**
 * The record, checked by its schema.
 * @throws MalformedRecord if it does not fit: such a record is broken, not missing
 */
export function parseRecord<Schema extends z.ZodType>(schema: Schema, table: TableName, item: Item): z.output<Schema> {
  const parsed = schema.safeParse(item);
  if (parsed.success) return parsed.data;
  throw new MalformedRecord({ table, key: keyIn(item, TABLES[table]) }, parsed.error);
}

function keyIn(item: Item, { partitionKey, sortKey }: TableSchema): Item {
  return { [partitionKey]: item[partitionKey], ...(sortKey === undefined ? {} : { [sortKey]: item[sortKey] }) };
}
