/** The requests of the hot path. They go the fast way, and the SDK's if that fails. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import {
  BatchExecuteStatementCommand,
  type BatchExecuteStatementCommandInput,
  type BatchExecuteStatementCommandOutput,
  BatchGetCommand,
  type BatchGetCommandInput,
  type BatchGetCommandOutput,
  QueryCommand,
  type QueryCommandInput,
  type QueryCommandOutput,
  UpdateCommand,
  type UpdateCommandInput,
  type UpdateCommandOutput,
} from '@aws-sdk/lib-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { send, sendFast } from './client.ts';

type Marshalled = Record<string, AttributeValue>;

/**
 * Updates one record.
 * @throws ConditionalCheckFailedException, and what `send` throws
 */
export async function updateItem(input: UpdateCommandInput): Promise<Pick<UpdateCommandOutput, 'Attributes'>> {
  const text = await sendFast('UpdateItem', {
    ...input,
    Key: marshalled(input.Key),
    ExpressionAttributeValues: marshalled(input.ExpressionAttributeValues),
  });
  if (text === undefined) return send(new UpdateCommand(input));
  const { Attributes }: { Attributes?: Marshalled } = parsed(text);
  return Attributes ? { Attributes: unmarshall(Attributes) } : {};
}

/**
 * One page of a Query.
 * @throws what `send` throws
 */
export async function query(
  input: QueryCommandInput,
): Promise<Pick<QueryCommandOutput, 'Items' | 'LastEvaluatedKey' | 'Count'>> {
  const text = await sendFast('Query', {
    ...input,
    ExpressionAttributeValues: marshalled(input.ExpressionAttributeValues),
    ExclusiveStartKey: marshalled(input.ExclusiveStartKey),
  });
  if (text === undefined) return send(new QueryCommand(input));
  const reply: { Items?: Marshalled[]; LastEvaluatedKey?: Marshalled; Count: number } = parsed(text);
  return {
    Items: unmarshalled(reply.Items),
    Count: reply.Count,
    ...(reply.LastEvaluatedKey ? { LastEvaluatedKey: unmarshall(reply.LastEvaluatedKey) } : {}),
  };
}

/**
 * Records by their keys.
 * @throws what `send` throws
 */
export async function batchGet(
  input: BatchGetCommandInput,
): Promise<Pick<BatchGetCommandOutput, 'Responses' | 'UnprocessedKeys'>> {
  const requests = Object.entries(input.RequestItems ?? {});
  const RequestItems = requests.map(([table, rest]) => [table, { ...rest, Keys: rest.Keys?.map(marshalled) }] as const);
  const text = await sendFast('BatchGetItem', { ...input, RequestItems: Object.fromEntries(RequestItems) });
  if (text === undefined) return send(new BatchGetCommand(input));
  const { Responses, UnprocessedKeys }: BatchGot = parsed(text);
  const left = Object.entries(UnprocessedKeys ?? {});
  return {
    Responses: Object.fromEntries(
      Object.entries(Responses ?? {}).map(([table, items]) => [table, unmarshalled(items)]),
    ),
    UnprocessedKeys: Object.fromEntries(left.map(([table, rest]) => [table, { Keys: unmarshalled(rest.Keys) }])),
  };
}

type BatchGot = {
  readonly Responses?: Record<string, Marshalled[]>;
  readonly UnprocessedKeys?: Record<string, { readonly Keys: Marshalled[] }>;
};

/**
 * Statements, each with its own outcome.
 * @throws what `send` throws
 */
export async function batchExecute(
  input: BatchExecuteStatementCommandInput,
): Promise<Pick<BatchExecuteStatementCommandOutput, 'Responses'>> {
  const statements = (input.Statements ?? []).map(({ Parameters = [], ...rest }) => ({
    ...rest,
    Parameters: marshall(Parameters, OPTIONS).map(inText),
  }));
  const text = await sendFast('BatchExecuteStatement', { ...input, Statements: statements });
  if (text === undefined) return send(new BatchExecuteStatementCommand(input));
  const { Responses = [] }: BatchExecuted = parsed(text);
  return { Responses: Responses.map(outcomeOf) };
}

type Kept = { readonly Item?: Marshalled };
type Outcome = NonNullable<BatchExecuteStatementCommandOutput['Responses']>[number];
type Failure = NonNullable<Outcome['Error']>;
type RawOutcome = Kept & { readonly Error?: Kept & Omit<Failure, 'Item'> };
type BatchExecuted = { readonly Responses?: RawOutcome[] };

function outcomeOf({ Item, Error: error }: RawOutcome): Outcome {
  const found = (item?: Marshalled) => (item ? { Item: unmarshall(item) } : {});
  if (!error) return found(Item);
  const { Item: there, ...rest } = error;
  return { ...found(Item), Error: { ...rest, ...found(there) } };
}

const OPTIONS = { removeUndefinedValues: true } as const;
/** The tag of a binary value, whose value is text on the wire. */
const BINARY = '"B":"';

function marshalled(values: Record<string, unknown> | undefined): Record<string, unknown> | undefined {
  if (!values) return undefined;
  return Object.fromEntries(Object.entries(marshall(values, OPTIONS)).map(([name, value]) => [name, inText(value)]));
}

function unmarshalled(items: readonly Marshalled[] = []): Record<string, unknown>[] {
  return items.map((item) => unmarshall(item));
}

function inText(value: AttributeValue): unknown {
  return value.B === undefined ? value : { B: Buffer.from(value.B).toString('base64') };
}

/** A reply is DynamoDB's own JSON; its callers check each record that they take from it. */
function parsed(text: string) {
  if (!text.includes(BINARY)) return JSON.parse(text);
  return JSON.parse(text, (key, value) =>
    key === 'B' && typeof value === 'string' ? Buffer.from(value, 'base64') : value,
  );
}
