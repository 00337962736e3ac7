/** DynamoDB's quotas of sizes and counts: the engine keeps them itself, and the proxy leaves them as they are. */
import {
  type AttributeValue,
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DynamoDBClient,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, expect, test } from '@jest/globals';
import { startHardDynamoDb } from '#test/support/local/hard-dynamodb';

const TableName = `${process.env.LASTCALL_TABLE_PREFIX}events`;
const KB = 1024;

// Only sizes matter here.
const plenty = { read: 1_000_000, write: 1_000_000 };
const limits = { partition: plenty, table: plenty, burstSeconds: 1, indexLagMs: 0 };
const proxy = await startHardDynamoDb({ limits });
const client = new DynamoDBClient({ endpoint: proxy.url, maxAttempts: 1 });
afterAll(() => client.destroy());

function itemOf(jobId: string, eventId: string, bytes: number): Record<string, AttributeValue> {
  return { jobId: { S: jobId }, eventId: { S: eventId }, text: { S: 'x'.repeat(bytes) } };
}

async function put(jobId: string, eventId: string, bytes: number): Promise<void> {
  await client.send(new PutItemCommand({ TableName, Item: itemOf(jobId, eventId, bytes) }));
}

// "Quotas in Amazon DynamoDB", "Items": 400 KB, with the names of its attributes.
test('an item has at most 400 KB', async () => {
  await put('a', '1', 399 * KB);
  await expect(put('a', '2', 400 * KB)).rejects.toMatchObject({ name: 'ValidationException' });
});

// API reference, Query: "a single Query operation can retrieve a maximum of 1 MB of data".
test('a page has at most 1 MB, and says that there is more', async () => {
  for (const eventId of ['1', '2', '3', '4']) await put('b', eventId, 300 * KB);
  const query = new QueryCommand({
    TableName,
    KeyConditionExpression: 'jobId = :b',
    ExpressionAttributeValues: { ':b': { S: 'b' } },
  });
  const { Items = [], LastEvaluatedKey } = await client.send(query);
  expect(Items.length).toBeLessThan(4);
  expect(LastEvaluatedKey).toMatchObject({ jobId: { S: 'b' } });
});

// API reference, BatchWriteItem and BatchGetItem.
test('a batch has at most 25 writes or 100 reads', async () => {
  const items = Array.from({ length: 101 }, (_, index) => itemOf('c', String(index), 1));
  const writes = items.slice(0, 26).map((Item) => ({ PutRequest: { Item } }));
  const write = (count: number) =>
    client.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: writes.slice(0, count) } }));
  await write(25);
  await expect(write(26)).rejects.toMatchObject({ name: 'ValidationException' });
  const keys = items.map(({ text: _text, ...key }) => key);
  const read = (count: number) =>
    client.send(new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: keys.slice(0, count) } } }));
  await read(100);
  await expect(read(101)).rejects.toMatchObject({ name: 'ValidationException' });
});

// API reference, BatchGetItem: "A single operation can retrieve up to 16 MB of data".
test('a batch of reads returns at most 16 MB, and the keys of the rest', async () => {
  const ids = Array.from({ length: 43 }, (_, index) => String(index));
  await Promise.all(ids.map((id) => put(`d${id}`, '1', 399 * KB)));
  const Keys = ids.map((id) => ({ jobId: { S: `d${id}` }, eventId: { S: '1' } }));
  const reply = await client.send(new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys } } }));
  const found = reply.Responses?.[TableName]?.length ?? 0;
  const left = reply.UnprocessedKeys?.[TableName]?.Keys?.length ?? 0;
  expect(found).toBeLessThan(43);
  expect(found + left).toBe(43);
});
