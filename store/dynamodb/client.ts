/** The one client of DynamoDB. The SDK reads the endpoint itself (`AWS_ENDPOINT_URL_DYNAMODB`). */
import { type $Command, DynamoDBClient, DynamoDBServiceException } from '@aws-sdk/client-dynamodb';
import {
  DynamoDBDocumentClient,
  type DynamoDBDocumentClientResolvedConfig,
  type ServiceInputTypes,
  type ServiceOutputTypes,
} from '@aws-sdk/lib-dynamodb';
import { StorageFull, Throttled, Unreachable, WrongSettings } from '#domain/errors';
import { TABLES, type TableName } from '#store/schema';
import { EACH_ATTEMPT, inTime, refuseLate } from './deadline.ts';
import { FastSender } from './fast-sender.ts';

/** How often the SDK sends a lost or throttled request, with back-off. */
const MAX_SENDS = 6;

/** Without a limit, a connection that died silently would hold its request forever. */
const REQUEST_LIMIT_MS = 10_000;

/** What DynamoDB says of a request that it cannot take now (developer guide, "Error handling with DynamoDB"). */
const THROTTLING = new Set(['ProvisionedThroughputExceededException', 'RequestLimitExceeded', 'ThrottlingException']);

/** The connection was not opened, so the request was not sent (Node.js, "Common system errors"). */
const NOT_OPENED = /\b(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ENOTFOUND)\b/;
/** SQLite's words, which the local engine passes on (SQLite, "Result and Error Codes", SQLITE_FULL). */
const FULL = 'database or disk is full';

type Known = { readonly documents: DynamoDBDocumentClient; readonly fast: FastSender };
let known: Known | undefined;

/**
 * Sends a request, within the deadline of the act that makes it. The SDK sends a lost or throttled one again.
 * @throws OutOfTime
 * @throws Throttled if DynamoDB takes no attempt; Unreachable, StorageFull
 */
export async function send<Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
  command: $Command<Input, Output, DynamoDBDocumentClientResolvedConfig, ServiceInputTypes, ServiceOutputTypes>,
): Promise<Output> {
  try {
    return await inTime((options) => documents().send(command, options));
  } catch (error) {
    throw faultOf(error);
  }
}

/**
 * Sends a request whose values are marshalled, without the SDK's middlewares, and returns the text of the reply.
 * Undefined if that failed: then `send` sends it by the SDK's own rules.
 * @throws OutOfTime, ConditionalCheckFailedException
 */
export async function sendFast(operation: string, input: object): Promise<string | undefined> {
  const body = JSON.stringify(input);
  return await inTime((options) => clients().fast.send(operation, body, options));
}

/** The client, made at first use. Requests go through `send` and `sendFast`. */
export function documents(): DynamoDBDocumentClient {
  return clients().documents;
}

function clients(): Known {
  known ??= newClients();
  return known;
}

function newClients(): Known {
  const client = new DynamoDBClient({
    maxAttempts: MAX_SENDS,
    requestHandler: {
      connectionTimeout: REQUEST_LIMIT_MS,
      requestTimeout: REQUEST_LIMIT_MS,
      throwOnRequestTimeout: true,
    },
  });
  client.middlewareStack.add(refuseLate, EACH_ATTEMPT);
  const documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
  return { documents, fast: new FastSender(client) };
}

function faultOf(error: unknown): unknown {
  if (error instanceof DynamoDBServiceException) {
    if (error.message.includes(FULL)) return new StorageFull({ cause: error });
    const isBusy = THROTTLING.has(error.name) || error.$fault === 'server';
    return isBusy ? new Throttled('DynamoDB', { cause: error }) : error;
  }
  // The SDK may wrap the error, which keeps its message.
  return NOT_OPENED.test(String(error)) ? new Unreachable('DynamoDB', { cause: error }) : error;
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
