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

/** The records that fit the schema. The others are logged and left out: one broken record must not stop the rest. */
export function parseEach<Schema extends z.ZodType>(
  schema: Schema,
  table: TableName,
  items: readonly Item[],
): z.output<Schema>[] {
  return items.flatMap((item) => {
    try {
      return [parseRecord(schema, table, item)];
    } catch (fault) {
      return leaveOut(fault) ?? [];
    }
  });
}

/** Logs a malformed record, as one JSON line on standard error. Any other fault is thrown again. */
export function leaveOut(fault: unknown): undefined {
  if (!(fault instanceof MalformedRecord)) throw fault;
  const { table, key, cause } = fault;
  const error = cause instanceof Error ? cause.message : String(cause);
  const message = 'A malformed record was left out.';
  process.stderr.write(`${JSON.stringify({ at: new Date().toISOString(), message, table, key, error })}\n`);
}

function keyIn(item: Item, { partitionKey, sortKey }: TableSchema): Item {
  return { [partitionKey]: item[partitionKey], ...(sortKey === undefined ? {} : { [sortKey]: item[sortKey] }) };
}
