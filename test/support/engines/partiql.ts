/** Batches of PartiQL's statements as single writes, for an engine without PartiQL: inserts, and updates of one item. */
import { z } from 'zod';
import { Catalog, type Table } from '#local/aws/dynamodb/proxy/catalog';
import type { Call, EngineLink } from '#local/aws/dynamodb/proxy/engine-link';
import { type Statement, statementsOf } from '#local/aws/dynamodb/proxy/requests/statements';

const givenSchema = z.object({ Statement: z.string(), Parameters: z.array(z.unknown()) });
const writtenSchema = z.looseObject({ Attributes: z.unknown().optional() });
const failureSchema = z.looseObject({ __type: z.string() });

/** The reply to a BatchExecuteStatement of writes; undefined for any other request. */
export async function executeBatch(link: EngineLink, call: Call): Promise<object | undefined> {
  const statements = statementsOf(call.operation, JSON.parse(call.body.toString() || '{}'));
  if (!statements) return undefined;
  return { Responses: await Promise.all(statements.map((statement) => execute(link, call, statement))) };
}

async function execute(link: EngineLink, call: Call, part: Statement): Promise<object> {
  const table = await new Catalog(link).find(part.tableName, call);
  if (!table) return { Error: { Code: 'ResourceNotFound', Message: part.tableName } };
  const { Statement, Parameters } = givenSchema.parse(part.statement);
  const isUpdate = Statement.startsWith('UPDATE');
  const input = isUpdate ? inputOf(table, Statement, Parameters) : putOf(table, part);
  const headers = { ...call.headers, 'x-amz-target': `DynamoDB_20120810.${isUpdate ? 'UpdateItem' : 'PutItem'}` };
  const reply = await link.send({ headers, body: Buffer.from(JSON.stringify(input)) });
  const content: unknown = JSON.parse(reply.body.toString());
  if (reply.status === 200) return { Item: writtenSchema.parse(content).Attributes };
  const { __type } = failureSchema.parse(content);
  const refusal = isUpdate ? 'ConditionalCheckFailed' : 'DuplicateItem';
  const isRefused = __type.endsWith('#ConditionalCheckFailedException');
  return { Error: { Code: isRefused ? refusal : 'ValidationError', Message: __type } };
}

function putOf({ partitionKey }: Table, { tableName: TableName, written: Item }: Statement): object {
  return { TableName, Item, ConditionExpression: `attribute_not_exists(${partitionKey})` };
}

/** The UpdateItem with the same meaning: the key is what the condition says of it, and the item must exist. */
function inputOf({ place, partitionKey, sortKey }: Table, statement: string, parameters: readonly unknown[]): object {
  const [, changes = '', where = ''] = /\b(SET .*?) WHERE (.*?) RETURNING/.exec(numbered(statement)) ?? [];
  const names = [...statement.matchAll(/"(\w+)"/g)].map(([, name = '']) => name);
  const keyOf = (name: string) => [name, parameters[Number(new RegExp(`#${name} = :p(\\d+)`).exec(where)?.[1])]];
  return {
    TableName: place.name,
    Key: Object.fromEntries([partitionKey, ...(sortKey === undefined ? [] : [sortKey])].map(keyOf)),
    UpdateExpression: changes,
    ConditionExpression: `attribute_exists(#${partitionKey}) AND ${where}`,
    ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: Object.fromEntries(parameters.map((value, index) => [`:p${index}`, value])),
    ReturnValues: statement.endsWith('RETURNING ALL NEW *') ? 'ALL_NEW' : 'UPDATED_OLD',
  };
}

/** The statement with the placeholders and functions of expressions. */
function numbered(statement: string): string {
  const numbers = Array.from({ length: statement.split('?').length }, (_, index) => `:p${index}`).values();
  return statement
    .replaceAll('?', () => numbers.next().value ?? '')
    .replaceAll(/"(\w+)" IS NOT MISSING/g, 'attribute_exists(#$1)')
    .replaceAll(/"(\w+)" IS MISSING/g, 'attribute_not_exists(#$1)')
    .replaceAll(/"(\w+)" IN \[(:\w+)\]/g, '#$1 = $2')
    .replaceAll(/ IN \[(.*?)\]/g, ' IN ($1)')
    .replaceAll(/"(\w+)"/g, '#$1');
}
