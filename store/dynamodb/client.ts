/** The one client of DynamoDB. The SDK reads the endpoint itself (`AWS_ENDPOINT_URL_DYNAMODB`). */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { WrongSettings } from '#domain/errors';
import { TABLES, type TableName } from '#store/schema';

/** How often the SDK sends a lost or throttled request, with back-off. */
const MAX_SENDS = 6;

/** Without a limit, a connection that died silently would hold its request forever. */
const REQUEST_LIMIT_MS = 10_000;

let known: DynamoDBDocumentClient | undefined;

/** The client, made at first use. */
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
