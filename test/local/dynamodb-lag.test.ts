/** Global indexes lag behind their table. The clock stands still unless a test turns it. */
import {
  type AttributeValue,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, expect, test } from '@jest/globals';
import { AWS_LIMITS } from '#local/aws/dynamodb/proxy/throughput/limits';
import { startHardDynamoDb } from '#test/support/local/hard-dynamodb';

const TableName = `${process.env.LASTCALL_TABLE_PREFIX}jobs`;

let now = 0;
const proxy = await startHardDynamoDb({ limits: { ...AWS_LIMITS, indexLagMs: 1_000 }, now: () => now });
const client = new DynamoDBClient({ endpoint: proxy.url, maxAttempts: 1 });
afterAll(() => client.destroy());

/** Each test has a group of its own. */
async function put(group: string, rank: string, shards = '1'): Promise<void> {
  const jobId = `${group}-${rank}`;
  const Item = { jobId: { S: jobId }, dispatchGroup: { S: group }, rank: { S: rank }, shards: { N: shards } };
  await client.send(new PutItemCommand({ TableName, Item }));
}

function keyOf(group: string, rank: string) {
  return { jobId: { S: `${group}-${rank}` } };
}

async function query(group: string, input: Partial<QueryCommandInput> = {}) {
  const reply = await client.send(
    new QueryCommand({
      TableName,
      IndexName: 'dispatch',
      KeyConditionExpression: 'dispatchGroup = :group',
      ...input,
      ExpressionAttributeValues: { ':group': { S: group }, ...input.ExpressionAttributeValues },
    }),
  );
  return { ...reply, Items: reply.Items ?? [] };
}

async function ranks(group: string, input?: Partial<QueryCommandInput>): Promise<unknown[]> {
  return (await query(group, input)).Items.map(({ rank }) => rank?.S);
}

function arrive(): void {
  now += 1_000;
}

test('a new item is in the table at once, and in a global index only later', async () => {
  await put('a', '1');
  const read = new GetItemCommand({ TableName, Key: keyOf('a', '1'), ConsistentRead: true });
  expect((await client.send(read)).Item).toBeDefined();
  expect(await ranks('a')).toEqual([]);
  arrive();
  expect(await ranks('a')).toEqual(['1']);
});

test('a scan of a global index does not know the latest writes either', async () => {
  const scanned = async (Limit?: number) => {
    const { Items = [] } = await client.send(new ScanCommand({ TableName, IndexName: 'dispatch', Limit }));
    return Items.filter(({ dispatchGroup }) => dispatchGroup?.S === 'scanned').map(({ rank }) => rank?.S);
  };
  await put('scanned', '1');
  expect(await scanned()).toEqual([]);
  arrive();
  expect(await scanned()).toEqual(['1']);
  await client.send(new DeleteItemCommand({ TableName, Key: keyOf('scanned', '1') }));
  expect(await scanned()).toEqual(['1']);
  arrive();
  expect(await scanned(1)).toEqual([]);
});

test('an entry shows its old attributes until the change arrives', async () => {
  await put('b', '1');
  arrive();
  await put('b', '1', '2');
  const shards = async () => (await query('b')).Items.map((item) => item.shards);
  expect(await shards()).toEqual([{ N: '1' }]);
  arrive();
  expect(await shards()).toEqual([{ N: '2' }]);
});

test('a removed entry is still there, in its place, with what the index projects', async () => {
  for (const rank of ['1', '2', '3']) await put('c', rank);
  arrive();
  const before = (await query('c')).Items;
  await client.send(new DeleteItemCommand({ TableName, Key: keyOf('c', '2') }));
  expect((await query('c')).Items).toEqual(before);
  expect(await ranks('c', { ScanIndexForward: false })).toEqual(['3', '2', '1']);
  arrive();
  expect(await ranks('c')).toEqual(['1', '3']);
});

test('a moved entry is in its old partition, not in its new one', async () => {
  await put('d', '1');
  arrive();
  const moved: Record<string, AttributeValue> = { ...keyOf('d', '1'), dispatchGroup: { S: 'e' }, rank: { S: '1' } };
  await client.send(new PutItemCommand({ TableName, Item: moved }));
  expect([await ranks('d'), await ranks('e')]).toEqual([['1'], []]);
  arrive();
  expect([await ranks('d'), await ranks('e')]).toEqual([[], ['1']]);
});

test.each<[condition: string, values: readonly string[], fitting: readonly string[]]>([
  ['#r < :a', ['12'], ['11']],
  ['#r <= :a', ['12'], ['11', '12']],
  ['#r > :a', ['12'], ['21']],
  ['#r >= :a', ['12'], ['12', '21']],
  ['#r = :a', ['12'], ['12']],
  ['#r BETWEEN :a AND :b', ['12', '21'], ['12', '21']],
  ['begins_with(#r, :a)', ['1'], ['11', '12']],
])('removed entries obey the condition %s', async (condition, values, fitting) => {
  const group = `f${condition}`;
  const all = ['11', '12', '21'];
  for (const rank of all) await put(group, rank);
  arrive();
  for (const rank of all) await client.send(new DeleteItemCommand({ TableName, Key: keyOf(group, rank) }));
  const bounds = values.map((value, index) => [index === 0 ? ':a' : ':b', { S: value }]);
  const found = await ranks(group, {
    KeyConditionExpression: `dispatchGroup = :group AND ${condition}`,
    ExpressionAttributeNames: { '#r': 'rank' },
    ExpressionAttributeValues: Object.fromEntries(bounds),
  });
  expect(found).toEqual(fitting);
});

test('pages have no more entries than their limit, and none twice', async () => {
  for (const rank of ['1', '2', '3', '4']) await put('g', rank);
  arrive();
  for (const rank of ['1', '3']) await client.send(new DeleteItemCommand({ TableName, Key: keyOf('g', rank) }));
  const found: unknown[] = [];
  let after: Record<string, AttributeValue> | undefined;
  do {
    const page = await query('g', { Limit: 2, ExclusiveStartKey: after });
    expect(page.Items.length).toBeLessThanOrEqual(2);
    found.push(...page.Items.map(({ rank }) => rank?.S));
    after = page.LastEvaluatedKey;
  } while (after);
  expect(found).toEqual([...new Set(found)].sort());
  expect(found).toEqual(expect.arrayContaining(['2', '4']));
});
