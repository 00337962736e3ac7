/** Reads by key and by index, page after page. */
import {
  BatchGetCommand,
  BatchWriteCommand,
  GetCommand,
  QueryCommand,
  type QueryCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { documents, tableName } from './client.ts';
import type { TableName } from './schema.ts';
import type { Item } from './write.ts';

/** DynamoDB's own limits of a batch. */
const MAX_KEYS_PER_READ = 100;
const MAX_ITEMS_PER_WRITE = 25;
const WRITES_AT_ONCE = 8;
const UNPROCESSED_WAIT_MS = 50;
const MAX_UNPROCESSED_ROUNDS = 10;

type Key = Readonly<Record<string, string>>;

/** One record, read consistently; undefined when there is none. */
export async function readItem(table: TableName, key: Key): Promise<Item | undefined> {
  const reply = await documents.send(new GetCommand({ TableName: tableName(table), Key: key, ConsistentRead: true }));
  return reply.Item;
}

/** Records of several tables in one consistent read each hundred keys, which must differ; those that do not exist are left out. */
export async function readItems(
  wanted: readonly { table: TableName; key: Key }[],
): Promise<{ table: TableName; item: Item }[]> {
  const found: { table: TableName; item: Item }[] = [];
  for (let start = 0; start < wanted.length; start += MAX_KEYS_PER_READ) {
    found.push(...(await readBatch(wanted.slice(start, start + MAX_KEYS_PER_READ))));
  }
  return found;
}

type Query = {
  readonly table: TableName;
  readonly index?: string;
  readonly partition: readonly [attribute: string, value: string];
  /** Bounds of the sort key, both included. */
  readonly from?: readonly [attribute: string, value: string];
  readonly to?: readonly [attribute: string, value: string];
  readonly after?: Item | undefined;
  readonly limit?: number;
  readonly newestFirst?: boolean;
  readonly consistent?: boolean;
  /** Attributes to give back; all when absent. The cost is that of the whole records all the same. */
  readonly only?: readonly string[];
};

/** One page of a Query; `next` is there when the index may hold more. */
export async function queryPage(query: Query): Promise<{ items: Item[]; next?: Item }> {
  const reply = await documents.send(new QueryCommand(queryInput(query)));
  return { items: reply.Items ?? [], ...(reply.LastEvaluatedKey ? { next: reply.LastEvaluatedKey } : {}) };
}

/** All records of a Query. Only for what is bounded by something else (a server's slots, a job's shard). */
export async function queryAll(query: Query): Promise<Item[]> {
  const items: Item[] = [];
  let after: Item | undefined;
  do {
    const page = await queryPage({ ...query, after });
    items.push(...page.items);
    after = page.next;
  } while (after);
  return items;
}

/** Writes new records without a condition, 25 a request. Repeating it with the same records does no harm. */
export async function writeItems(table: TableName, items: readonly Item[]): Promise<void> {
  const batches: Item[][] = [];
  for (let start = 0; start < items.length; start += MAX_ITEMS_PER_WRITE)
    batches.push(items.slice(start, start + MAX_ITEMS_PER_WRITE));
  await inParallel(batches, WRITES_AT_ONCE, (batch) => writeBatch(table, batch));
}

/** Works through the items, at most so many at once; the first fault ends it. */
export async function inParallel<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  const rest = items.values();
  const lane = async () => {
    for (const item of rest) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, lane));
}

async function readBatch(
  wanted: readonly { table: TableName; key: Key }[],
): Promise<{ table: TableName; item: Item }[]> {
  const tables = new Map(wanted.map(({ table }) => [tableName(table), table]));
  let requests: Record<string, { Keys: Record<string, unknown>[]; ConsistentRead: boolean }> | undefined =
    Object.fromEntries(
      [...tables].map(([name, table]) => [
        name,
        { Keys: wanted.filter((each) => each.table === table).map((each) => each.key), ConsistentRead: true },
      ]),
    );
  const found: { table: TableName; item: Item }[] = [];
  for (let round = 0; requests; round += 1) {
    const reply: Awaited<ReturnType<typeof sendBatchGet>> = await sendBatchGet(requests);
    for (const [name, table] of tables) found.push(...(reply.Responses?.[name] ?? []).map((item) => ({ table, item })));
    const left = Object.entries(reply.UnprocessedKeys ?? {});
    requests =
      left.length === 0
        ? undefined
        : Object.fromEntries(left.map(([name, rest]) => [name, { Keys: rest.Keys ?? [], ConsistentRead: true }]));
    if (requests) await backOff(round);
  }
  return found;
}

function sendBatchGet(requests: Record<string, { Keys: Record<string, unknown>[]; ConsistentRead: boolean }>) {
  return documents.send(new BatchGetCommand({ RequestItems: requests }));
}

async function writeBatch(table: TableName, batch: readonly Item[]): Promise<void> {
  const name = tableName(table);
  let left = batch;
  for (let round = 0; left.length > 0; round += 1) {
    const reply = await documents.send(
      new BatchWriteCommand({ RequestItems: { [name]: left.map((item) => ({ PutRequest: { Item: item } })) } }),
    );
    left = (reply.UnprocessedItems?.[name] ?? []).flatMap((each) =>
      each.PutRequest?.Item ? [each.PutRequest.Item] : [],
    );
    if (left.length > 0) await backOff(round);
  }
}

/** DynamoDB hands back what a throttled table could not take; it is to be sent again after a while. */
async function backOff(round: number): Promise<void> {
  if (round >= MAX_UNPROCESSED_ROUNDS)
    throw new Error('DynamoDB keeps handing back unprocessed records: the table is throttled.');
  const waitMs = UNPROCESSED_WAIT_MS * 2 ** round * Math.random();
  await new Promise((resolve) => setTimeout(resolve, waitMs));
}

function queryInput(query: Query): QueryCommandInput {
  const [partition, partitionValue] = query.partition;
  const names: Record<string, string> = { '#p': partition };
  const values: Record<string, unknown> = { ':p': partitionValue };
  const conditions = ['#p = :p'];
  const projection = (query.only ?? []).map((attribute) => {
    names[`#${attribute}`] = attribute;
    return `#${attribute}`;
  });
  const sortKey = query.from?.[0] ?? query.to?.[0];
  if (sortKey) names['#s'] = sortKey;
  if (query.from) values[':from'] = query.from[1];
  if (query.to) values[':to'] = query.to[1];
  if (query.from && query.to) conditions.push('#s BETWEEN :from AND :to');
  else if (query.from) conditions.push('#s >= :from');
  else if (query.to) conditions.push('#s <= :to');
  return {
    TableName: tableName(query.table),
    KeyConditionExpression: conditions.join(' AND '),
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
    ScanIndexForward: !query.newestFirst,
    ...(query.index ? { IndexName: query.index } : {}),
    ...(projection.length > 0 ? { ProjectionExpression: projection.join(', ') } : {}),
    ...(query.limit ? { Limit: query.limit } : {}),
    ...(query.consistent ? { ConsistentRead: true } : {}),
    ...(query.after ? { ExclusiveStartKey: query.after } : {}),
  };
}
