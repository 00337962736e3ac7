/** DynamoDB's faults on order. */
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, expect, test } from '@jest/globals';
import { startHardDynamoDb } from '#test/support/local/hard-dynamodb';

const TableName = `${process.env.LASTCALL_TABLE_PREFIX}features`;

const proxy = await startHardDynamoDb();
const client = new DynamoDBClient({ endpoint: proxy.url, maxAttempts: 1 });

afterEach(() => proxy.faults.clear());
afterAll(() => client.destroy());

function put(name: string, abortSignal?: AbortSignal) {
  const command = new PutItemCommand({ TableName, Item: { name: { S: name } } });
  return client.send(command, abortSignal === undefined ? {} : { abortSignal });
}

async function isThere(name: string): Promise<boolean> {
  const read = new GetItemCommand({ TableName, Key: { name: { S: name } }, ConsistentRead: true });
  return (await client.send(read)).Item !== undefined;
}

test('during a pause nothing is answered, and what waits is carried out at its end', async () => {
  const resume = proxy.faults.pause(({ operation }) => operation === 'PutItem');
  const waiting = put('paused');
  expect(await isThere('paused')).toBe(false);
  resume();
  await waiting;
  expect(await isThere('paused')).toBe(true);
});

test('a write that was abandoned during a pause is made all the same', async () => {
  const arrived = Promise.withResolvers<void>();
  const resume = proxy.faults.pause(({ operation }) => {
    if (operation === 'PutItem') arrived.resolve();
    return operation === 'PutItem';
  });
  const abandoning = new AbortController();
  const waiting = put('abandoned', abandoning.signal);
  await arrived.promise;
  abandoning.abort();
  await expect(waiting).rejects.toThrow();
  resume();
  // The engine carries out one request after the other.
  await put('next');
  expect(await isThere('abandoned')).toBe(true);
});

test('everything that matches is throttled until the end', async () => {
  const end = proxy.faults.throttle(({ body }) => body.includes('throttled'));
  await expect(put('throttled')).rejects.toMatchObject({ name: 'ThrottlingException' });
  await put('another');
  end();
  await put('throttled');
});

test('an internal error is answered by 500, and nothing is written', async () => {
  const end = proxy.faults.fail(100);
  await expect(put('failed')).rejects.toMatchObject({
    name: 'InternalServerError',
    $metadata: { httpStatusCode: 500 },
  });
  end();
  expect(await isThere('failed')).toBe(false);
});

test('a lost reply is that of a write that was made', async () => {
  const end = proxy.faults.loseReplies(100);
  await expect(put('lost')).rejects.toThrow();
  end();
  expect(await isThere('lost')).toBe(true);
});

test('a delay makes a request longer by that time', async () => {
  const startedAt = performance.now();
  proxy.faults.delay(100);
  await put('late');
  expect(performance.now() - startedAt).toBeGreaterThan(99);
});
