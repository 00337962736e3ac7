/** From a record as DynamoDB returns it to what its schema says. */
import type { z } from 'zod';
import { MalformedRecord } from '#domain/errors';
import { TABLES, type TableName, type TableSchema } from '#store/schema';
import type { Item } from './guarded-write.ts';

/**
 * The record as its schema reads it.
 * @throws MalformedRecord when it has another shape: then it is not missing, it is broken
 */
export function parseRecord<Schema extends z.ZodType>(schema: Schema, table: TableName, item: Item): z.output<Schema> {
  const parsed = schema.safeParse(item);
  if (parsed.success) return parsed.data;
  throw new MalformedRecord({ table, key: keyIn(item, TABLES[table]) }, parsed.error);
}

function keyIn(item: Item, { partitionKey, sortKey }: TableSchema): Item {
  return { [partitionKey]: item[partitionKey], ...(sortKey === undefined ? {} : { [sortKey]: item[sortKey] }) };
}
