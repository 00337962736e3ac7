/** The one connection to DynamoDB; the SDK finds the endpoint by itself (`AWS_ENDPOINT_URL_DYNAMODB`). */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { WrongSettings } from '#domain/errors';
import { TABLES, type TableName } from '#store/schema';

/** Lost or throttled requests are sent again by the SDK, with back-off, this often. */
const MAX_SENDS = 6;

/** A connection that has died silently would otherwise hold its request, and whoever waits for it, for ever. */
const REQUEST_LIMIT_MS = 10_000;

let known: DynamoDBDocumentClient | undefined;

/** The connection, made at first use. */
export function documents(): DynamoDBDocumentClient {
  known ??= DynamoDBDocumentClient.from(
    new DynamoDBClient({
      maxAttempts: MAX_SENDS,
      requestHandler: {
        connectionTimeout: REQUEST_LIMIT_MS,
        requestTimeout: REQUEST_LIMIT_MS,
        throwOnRequestTimeout: true,
      },
    }),
    { marshallOptions: { removeUndefinedValues: true } },
  );
  return known;
}

/**
 * The full name of a table: the prefix keeps installations in one account apart.
 * @throws WrongSettings when LASTCALL_TABLE_PREFIX is not set
 */
export function tableName(table: TableName): string {
  const prefix = process.env.LASTCALL_TABLE_PREFIX;
  if (prefix === undefined)
    throw new WrongSettings('LASTCALL_TABLE_PREFIX is not set; it names the tables, "lastcall-" for example.');
  return prefix + TABLES[table].name;
}
