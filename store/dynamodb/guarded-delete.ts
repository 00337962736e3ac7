/** Guarded deletes: a record is deleted only as it was seen. */
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import type { TableName } from '#store/schema';
import { send, tableName } from './client.ts';
import { type Condition, conditionsOf, Placeholders } from './expressions.ts';

type Gone = {
  readonly table: TableName;
  readonly key: Readonly<Record<string, string>>;
  /** All must hold, or the record stays as it is. */
  readonly when: readonly Condition[];
};

/**
 * Deletes the record if the conditions hold; false if they do not. 1 WCU for each KB of the record, and 1 for each
 * index entry.
 */
export async function guardedDelete({ table, key, when }: Gone): Promise<boolean> {
  const conditions = conditionsOf(when, new Placeholders());
  try {
    await send(new DeleteCommand({ TableName: tableName(table), Key: key, ...conditions }));
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
