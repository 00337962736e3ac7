/** Reads by key and by index, page by page. */
import { GetCommand, type QueryCommandInput, ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { TableName } from '#store/schema';
import { backOff } from './back-off.ts';
import { send, tableName } from './client.ts';
import type { Item } from './guarded-write.ts';
import { batchGet, query } from './requests.ts';

/** DynamoDB's own limit. */
const MAX_KEYS_PER_READ = 100;

type Key = Readonly<Record<string, string>>;

/** One record, read consistently by default; undefined if it does not exist. 1 RCU for each 4 KB, or half of that. */
export async function readItem(table: TableName, key: Key, ConsistentRead = true): Promise<Item | undefined> {
  const reply = await send(new GetCommand({ TableName: tableName(table), Key: key, ConsistentRead }));
  return reply.Item;
}

/**
 * Records of several tables, read consistently unless told otherwise, 100 keys a request. Keys must differ; missing
 * records are left out. 1 RCU for each 4 KB of a record, 0.5 if not consistent.
 * @throws Throttled
 */
export async function readItems(
  wanted: readonly { table: TableName; key: Key }[],
  { consistent = true } = {},
): Promise<{ table: TableName; item: Item }[]> {
  const found: { table: TableName; item: Item }[] = [];
  for (let start = 0; start < wanted.length; start += MAX_KEYS_PER_READ) {
    found.push(...(await readBatch(wanted.slice(start, start + MAX_KEYS_PER_READ), consistent)));
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
  /** Attributes to return; all if absent. It costs as much as the whole records. */
  readonly only?: readonly string[];
};

/** One page of a Query, at most 1 MB; `next` is set if there may be more. 0.5 RCU for each 4 KB, 1 if consistent. */
export async function queryPage(wanted: Query): Promise<{ items: Item[]; next?: Item }> {
  const reply = await query(queryInput(wanted));
  return { items: reply.Items ?? [], ...(reply.LastEvaluatedKey ? { next: reply.LastEvaluatedKey } : {}) };
}

/** One page of a Scan of an index, in no order; `next` is set if there may be more. 0.5 RCU for each 4 KB. */
export async function scanPage(
  table: TableName,
  index: string,
  limit: number,
): Promise<{ items: Item[]; next?: Item }> {
  const reply = await send(new ScanCommand({ TableName: tableName(table), IndexName: index, Limit: limit }));
  return { items: reply.Items ?? [], ...(reply.LastEvaluatedKey ? { next: reply.LastEvaluatedKey } : {}) };
}

/** How many records a Query finds, page by page, for the cost of reading them. */
export async function queryCount(wanted: Query): Promise<number> {
  let count = 0;
  let after: Item | undefined;
  do {
    const reply = await query({ ...queryInput({ ...wanted, after }), Select: 'COUNT' });
    count += reply.Count ?? 0;
    after = reply.LastEvaluatedKey;
  } while (after);
  return count;
}

/** All records of a Query, page by page. Only for what something else bounds (a server's slots, a job's shard). */
export async function queryAll(wanted: Query): Promise<Item[]> {
  const items: Item[] = [];
  let after: Item | undefined;
  do {
    const page = await queryPage({ ...wanted, after });
    items.push(...page.items);
    after = page.next;
  } while (after);
  return items;
}

async function readBatch(
  wanted: readonly { table: TableName; key: Key }[],
  consistent: boolean,
): Promise<{ table: TableName; item: Item }[]> {
  const tables = new Map(wanted.map(({ table }) => [tableName(table), table]));
  let requests: Record<string, { Keys: Record<string, unknown>[]; ConsistentRead: boolean }> | undefined =
    Object.fromEntries(
      [...tables].map(([name, table]) => [
        name,
        { Keys: wanted.filter((each) => each.table === table).map((each) => each.key), ConsistentRead: consistent },
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
        : Object.fromEntries(left.map(([name, rest]) => [name, { Keys: rest.Keys ?? [], ConsistentRead: consistent }]));
    if (requests) await backOff(round);
  }
  return found;
}

function sendBatchGet(requests: Record<string, { Keys: Record<string, unknown>[]; ConsistentRead: boolean }>) {
  return batchGet({ RequestItems: requests });
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
