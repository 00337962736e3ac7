/** Records that do not fit their schema, and the log lines about them. */
import { PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { jest } from '@jest/globals';
import { documents, tableName } from '#store/dynamodb/client';
import type { TableName } from '#store/schema';

export type Key = Readonly<Record<string, string>>;

/** Writes a record without any check. */
export async function putRecord(table: TableName, item: Readonly<Record<string, unknown>>): Promise<void> {
  await documents().send(new PutCommand({ TableName: tableName(table), Item: item }));
}

/** Gives one attribute of a record this value, without any check. */
export async function spoil(table: TableName, key: Key, [attribute, value]: readonly [string, unknown]): Promise<void> {
  await documents().send(
    new UpdateCommand({
      TableName: tableName(table),
      Key: key,
      UpdateExpression: 'SET #a = :v',
      ExpressionAttributeNames: { '#a': attribute },
      ExpressionAttributeValues: { ':v': value },
    }),
  );
}

/** What `work` returns, and the JSON lines that it writes to standard error, or to another stream. */
export async function withLog<T>(
  work: () => Promise<T>,
  stream: NodeJS.WriteStream = process.stderr,
): Promise<{ value: T; lines: unknown[] }> {
  const spy = jest.spyOn(stream, 'write').mockReturnValue(true);
  try {
    const value = await work();
    return { value, lines: spy.mock.calls.map(([line]) => JSON.parse(String(line))) };
  } finally {
    spy.mockRestore();
  }
}
