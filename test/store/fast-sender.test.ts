/** Requests that do not pass the SDK's middlewares: signed, with the latest credentials, and no error lost. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { tableName } from '#store/dynamodb/client';
import { FastSender } from '#store/dynamodb/fast-sender';
import { batchExecute, batchGet, query, updateItem } from '#store/dynamodb/requests';
import { startStore } from '#test/support/store/engine';

await startStore();

const seen: IncomingHttpHeaders[] = [];
const replies: { status: number; body: object }[] = [];
const endpoint = createServer((request, response) => {
  seen.push(request.headers);
  const { status, body } = replies.shift() ?? { status: 200, body: {} };
  request.resume().once('end', () => response.writeHead(status).end(JSON.stringify(body)));
});
endpoint.listen(0, '127.0.0.1');
await once(endpoint, 'listening');
afterAll(() => void endpoint.close());

let session = 'first';
const client = new DynamoDBClient({
  region: 'eu-central-1',
  endpoint: `http://127.0.0.1:${z.object({ port: z.number() }).parse(endpoint.address()).port}`,
  credentials: async () => ({
    accessKeyId: session,
    secretAccessKey: 's',
    sessionToken: session,
    expiration: new Date(0),
  }),
});
const sender = new FastSender(client);
const send = () => sender.send('UpdateItem', '{"TableName":"t"}', {});

test('Before the SDK has shown the endpoint, nothing is sent', async () => {
  expect(await send()).toBeUndefined();
  expect(seen).toEqual([]);
  await client.send(new ListTablesCommand({}));
  expect(seen).toHaveLength(1);
});

test('Each request is signed with the credentials of its moment', async () => {
  expect(await send()).toBe('{}');
  session = 'second';
  await send();
  const scope = (user: string) =>
    expect.stringMatching(
      new RegExp(`^AWS4-HMAC-SHA256 Credential=${user}/\\d{8}/eu-central-1/dynamodb/aws4_request, `),
    );
  expect(seen.slice(1)).toMatchObject([
    { authorization: scope('first'), 'x-amz-security-token': 'first', 'x-amz-target': 'DynamoDB_20120810.UpdateItem' },
    { authorization: scope('second'), 'x-amz-security-token': 'second', 'user-agent': seen[0]?.['user-agent'] },
  ]);
});

test('A refused condition is thrown with its record', async () => {
  const type = 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException';
  replies.push({
    status: 400,
    body: { __type: type, message: 'The conditional request failed', Item: { a: { S: 'b' } } },
  });
  await expect(send()).rejects.toMatchObject({ name: 'ConditionalCheckFailedException', Item: { a: { S: 'b' } } });
});

test.each([
  { status: 400, body: { __type: 'com.amazonaws.dynamodb.v20120810#ThrottlingException' } },
  { status: 500, body: { __type: 'com.amazonaws.dynamodb.v20120810#InternalServerError' } },
  { status: 400, body: { __type: 'com.amazon.coral.validate#ValidationException' } },
])('Any other reply is left to the SDK: %j', async (reply) => {
  replies.push(reply);
  expect(await send()).toBeUndefined();
});

test('What is kept comes back as it was: sets, binary values, nested ones, and none that is undefined', async () => {
  const TableName = tableName('jobs');
  const names = { '#part': 'part', '#values': 'values' };
  const kept = { part: Buffer.from('bytes'), values: { B: { B: 'text' }, list: [1, null, true], gone: undefined } };
  const update = (jobId: string) =>
    updateItem({
      TableName,
      Key: { jobId },
      UpdateExpression: 'SET #part = :part, #values = :values ADD members :members',
      ExpressionAttributeNames: names,
      ExpressionAttributeValues: { ':part': kept.part, ':values': kept.values, ':members': new Set(['a']) },
      ReturnValues: 'ALL_NEW',
    });
  await update('first');
  const { Attributes } = await update('second');
  const values = { B: { B: 'text' }, list: [1, null, true] };
  expect(Attributes).toEqual({ jobId: 'second', part: new Uint8Array(kept.part), values, members: new Set(['a']) });
});

test('A batch of statements returns the outcome of each, and a batch of keys each record', async () => {
  const TableName = tableName('submissions');
  const insert = (partId: string) => ({
    Statement: `INSERT INTO "${TableName}" VALUE {'partId': ?, 'tasks': ?}`,
    Parameters: [partId, Buffer.from('tasks')],
  });
  const { Responses = [] } = await batchExecute({ Statements: [insert('a'), insert('b')] });
  expect(Responses.map((each) => each.Error)).toEqual([undefined, undefined]);
  const again = await batchExecute({ Statements: [insert('a'), insert('c')] });
  expect(again.Responses?.map((each) => each.Error?.Code)).toEqual(['DuplicateItem', undefined]);
  const keys = [{ partId: 'a' }, { partId: 'none' }];
  const got = await batchGet({ RequestItems: { [TableName]: { Keys: keys } } });
  expect(got.Responses).toEqual({ [TableName]: [{ partId: 'a', tasks: new Uint8Array(Buffer.from('tasks')) }] });
});

test('A page says where the next one starts', async () => {
  const TableName = tableName('events');
  for (const eventId of ['a', 'b']) await updateItem({ TableName, Key: { jobId: 'j', eventId } });
  const page = (after?: Record<string, string>) =>
    query({
      TableName,
      Limit: 1,
      KeyConditionExpression: 'jobId = :j',
      ExpressionAttributeValues: { ':j': 'j' },
      ExclusiveStartKey: after,
    });
  const first = await page();
  expect(first).toMatchObject({ Items: [{ eventId: 'a' }], LastEvaluatedKey: { jobId: 'j', eventId: 'a' } });
  expect(await page({ jobId: 'j', eventId: 'a' })).toMatchObject({ Items: [{ eventId: 'b' }] });
});
