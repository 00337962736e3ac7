/** Creates tables, and refuses existing ones with other keys or indexes. */
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  DynamoDBClient,
  ListTablesCommand,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';

import { shapeOf } from './table-shape.ts';

type IndexSchema = {
  readonly name: string;
  readonly kind: 'local' | 'global';
  readonly partitionKey: string;
  readonly sortKey?: string;
  /** Attributes besides the keys; none means KEYS_ONLY. */
  readonly includes?: readonly string[];
};
type TableSchema = {
  readonly name: string;
  readonly partitionKey: string;
  readonly sortKey?: string;
  readonly indexes: readonly IndexSchema[];
  /** The attribute with the expiry in epoch seconds. */
  readonly expiry?: string;
};

type Setup = {
  readonly endpoint: string;
  readonly prefix: string;
  readonly tables: readonly TableSchema[];
};

const CREATION_LIMIT_SECONDS = 30;
const CREATION_POLL_SECONDS = 1;
const MAX_SENDS = 4;
const REQUEST_LIMIT_MS = 5_000;
const CLIENT = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  maxAttempts: MAX_SENDS,
  requestHandler: {
    connectionTimeout: REQUEST_LIMIT_MS,
    requestTimeout: REQUEST_LIMIT_MS,
    throwOnRequestTimeout: true,
  },
};

class OtherTable extends Error {
  override readonly name = 'OtherTable';
}

/**
 * Creates the tables that are missing. May be repeated.
 * @throws OtherTable when a table exists with other keys or indexes
 */
export async function createTables({ endpoint, prefix, tables }: Setup): Promise<void> {
  const client = new DynamoDBClient({ endpoint, ...CLIENT });
  try {
    const { TableNames: existing = [] } = await client.send(new ListTablesCommand({}));
    await Promise.all(
      tables.map(async (table) => {
        const input = creationOf(table, prefix + table.name);
        if (existing.includes(input.TableName ?? '')) await refuseOtherShape(client, input);
        else await create(client, input, table.expiry);
      }),
    );
  } finally {
    client.destroy();
  }
}

async function create(client: DynamoDBClient, input: CreateTableCommandInput, expiry?: string): Promise<void> {
  const { TableName } = input;
  await client.send(new CreateTableCommand(input));
  await waitUntilTableExists(
    { client, maxWaitTime: CREATION_LIMIT_SECONDS, minDelay: CREATION_POLL_SECONDS },
    { TableName },
  );
  if (expiry === undefined) return;
  const TimeToLiveSpecification = { AttributeName: expiry, Enabled: true };
  await client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
}

async function refuseOtherShape(client: DynamoDBClient, input: CreateTableCommandInput): Promise<void> {
  const { Table: found } = await client.send(new DescribeTableCommand({ TableName: input.TableName }));
  const [wanted, actual] = [shapeOf(input), shapeOf(found ?? {})];
  if (wanted === actual) return;
  throw new OtherTable(
    `The table ${input.TableName} exists with other keys or indexes (${actual}) than this version needs (${wanted}): ` +
      'use another database, or delete the table.',
  );
}

function creationOf(table: TableSchema, TableName: string) {
  const keys = [table, ...table.indexes].flatMap((keyed) => [keyed.partitionKey, keyed.sortKey ?? []].flat());
  return {
    TableName,
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: keySchemaOf(table),
    AttributeDefinitions: [...new Set(keys)].map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
    ...indexesOf(
      'LocalSecondaryIndexes',
      table.indexes.filter(({ kind }) => kind === 'local'),
    ),
    ...indexesOf(
      'GlobalSecondaryIndexes',
      table.indexes.filter(({ kind }) => kind === 'global'),
    ),
  } satisfies CreateTableCommandInput;
}

// DynamoDB refuses an empty list of indexes.
function indexesOf(member: 'LocalSecondaryIndexes' | 'GlobalSecondaryIndexes', indexes: readonly IndexSchema[]) {
  return indexes.length === 0 ? {} : { [member]: indexes.map(indexOf) };
}

function indexOf(index: IndexSchema) {
  const NonKeyAttributes = index.includes === undefined ? [] : [...index.includes];
  return {
    IndexName: index.name,
    KeySchema: keySchemaOf(index),
    Projection:
      NonKeyAttributes.length === 0
        ? { ProjectionType: 'KEYS_ONLY' as const }
        : { ProjectionType: 'INCLUDE' as const, NonKeyAttributes },
  };
}

function keySchemaOf({ partitionKey, sortKey }: { partitionKey: string; sortKey?: string }) {
  const partition = { AttributeName: partitionKey, KeyType: 'HASH' as const };
  return sortKey === undefined ? [partition] : [partition, { AttributeName: sortKey, KeyType: 'RANGE' as const }];
}
