/** DynamoDB keeps AWS's limits of throughput. The clock stands still unless a test turns it, so no unit refills. */
import {
  type AttributeValue,
  BatchExecuteStatementCommand,
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ThrottlingException,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { keyOfJob } from '#domain/jobs/dispatch-groups';
import { ThrottleReport } from '#local/aws/dynamodb/proxy/throttle-report';
import { startHardDynamoDb } from '#test/support/local/hard-dynamodb';

const PREFIX = process.env.LASTCALL_TABLE_PREFIX ?? '';
const [TASKS, JOBS, EVENTS] = [`${PREFIX}tasks`, `${PREFIX}jobs`, `${PREFIX}events`];
const LIMITS = { partition: { read: 30, write: 10 }, table: { read: 120, write: 40 }, burstSeconds: 1, indexLagMs: 0 };

let now = 0;
const proxy = await startHardDynamoDb({ limits: LIMITS, now: () => now });
const client = clientOf(1);

// A second refills every bucket.
beforeEach(() => {
  now += 2_000;
});
afterAll(() => client.destroy());

function clientOf(maxAttempts: number): DynamoDBClient {
  return new DynamoDBClient({ endpoint: proxy.url, maxAttempts });
}

function eventOf(jobId: string, eventId: string, bytes = 10): Record<string, AttributeValue> {
  return { jobId: { S: jobId }, eventId: { S: eventId }, text: { S: 'x'.repeat(bytes) } };
}

function putEvent(jobId: string, eventId: string, bytes?: number) {
  return client.send(new PutItemCommand({ TableName: EVENTS, Item: eventOf(jobId, eventId, bytes) }));
}

/** Uses up what writes the partition has left, in one write that costs more. */
async function emptyPartition(jobId: string): Promise<void> {
  await putEvent(jobId, 'large', 15 * 1024);
}

function putBatch(...items: Record<string, AttributeValue>[]) {
  const requests = items.map((Item) => ({ PutRequest: { Item } }));
  return client.send(new BatchWriteItemCommand({ RequestItems: { [EVENTS]: requests } }));
}

test('a partition key takes its write units in a second, then it is throttled with the reason', async () => {
  for (let count = 0; count < LIMITS.partition.write; count += 1) await putEvent('a', String(count));
  const refused = await putEvent('a', 'last').catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(ThrottlingException);
  expect(refused).toMatchObject({
    $metadata: { httpStatusCode: 400 },
    throttlingReasons: [
      {
        reason: 'TableWriteKeyRangeThroughputExceeded',
        resource: expect.stringMatching(new RegExp(`^arn:aws:dynamodb:.*:table/${EVENTS}$`)),
      },
    ],
  });
});

test('another partition key is not throttled, and neither is a read', async () => {
  await emptyPartition('b');
  await putEvent('other', '1');
  const Key = { jobId: { S: 'b' }, eventId: { S: 'large' } };
  expect((await client.send(new GetItemCommand({ TableName: EVENTS, Key }))).Item).toBeDefined();
});

test('what was refused is not written', async () => {
  await emptyPartition('c');
  await expect(putEvent('c', 'refused')).rejects.toThrow(ThrottlingException);
  const Key = { jobId: { S: 'c' }, eventId: { S: 'refused' } };
  expect((await client.send(new GetItemCommand({ TableName: EVENTS, Key }))).Item).toBeUndefined();
});

test('a write may exceed what is left once, and its real cost is paid back first', async () => {
  await emptyPartition('d');
  now += 500;
  await expect(putEvent('d', '1')).rejects.toThrow(ThrottlingException);
  now += 200;
  await putEvent('d', '1');
});

test('an idle partition keeps the units of one second and no more', async () => {
  now += 3_600_000;
  for (let count = 0; count < LIMITS.partition.write; count += 1) await putEvent('e', String(count));
  await expect(putEvent('e', 'last')).rejects.toThrow(ThrottlingException);
});

test('a table takes its write units in a second, over however many partition keys', async () => {
  for (let count = 0; count < LIMITS.table.write; count += 1) await putEvent(`f${count}`, '1');
  await expect(putEvent('f', 'last')).rejects.toThrow(ThrottlingException);
});

test('the SDK repeats a throttled request by itself', async () => {
  await emptyPartition('g');
  const patient = clientOf(3);
  const turning = setInterval(() => {
    now += 1_000;
  }, 1);
  await patient.send(new PutItemCommand({ TableName: EVENTS, Item: eventOf('g', '1') }));
  clearInterval(turning);
  patient.destroy();
});

function putInDispatch(jobId: string, dispatchGroup: string) {
  const Item = { jobId: { S: jobId }, dispatchGroup: { S: dispatchGroup }, rank: { S: jobId } };
  return client.send(new PutItemCommand({ TableName: JOBS, Item }));
}

test('a batch group takes more jobs in a second than one key of the index dispatch', async () => {
  const jobIds = Array.from({ length: 2 * LIMITS.partition.write }, (_, index) => `job-${index}`);
  for (const jobId of jobIds) await putInDispatch(jobId, keyOfJob(jobId, ['night']));
  const underOneKey = Promise.all(jobIds.map((jobId) => putInDispatch(`other-${jobId}`, 'day')));
  await expect(underOneKey).rejects.toThrow(ThrottlingException);
});

test('a batch of writes returns what is throttled, and writes the rest', async () => {
  await emptyPartition('h');
  const { UnprocessedItems } = await putBatch(eventOf('h', '1'), eventOf('cool', '1'), eventOf('h', '2'));
  expect(UnprocessedItems).toEqual({
    [EVENTS]: [{ PutRequest: { Item: eventOf('h', '1') } }, { PutRequest: { Item: eventOf('h', '2') } }],
  });
});

test('a batch of writes fails if all of it is throttled', async () => {
  await emptyPartition('i');
  await expect(putBatch(eventOf('i', '1'), eventOf('i', '2'))).rejects.toThrow(ThrottlingException);
});

test('a batch of reads returns the keys that are throttled and how to read them', async () => {
  const [hot, cool] = ['j', 'k'].map((jobId) => ({ jobId: { S: jobId }, eventId: { S: 'large' } }));
  await Promise.all(['j', 'k'].map(emptyPartition));
  const read = () =>
    client.send(
      new QueryCommand({
        TableName: EVENTS,
        ConsistentRead: true,
        KeyConditionExpression: 'jobId = :j',
        ExpressionAttributeValues: { ':j': { S: 'j' } },
      }),
    );
  // 4 units each, of 30.
  for (let count = 0; count < 8; count += 1) await read();
  await expect(read()).rejects.toThrow(ThrottlingException);
  const Keys = [hot, cool].flatMap((key) => key ?? []);
  const reply = await client.send(
    new BatchGetItemCommand({ RequestItems: { [EVENTS]: { Keys, ConsistentRead: true } } }),
  );
  expect(reply.Responses?.[EVENTS]?.map(({ jobId }) => jobId)).toEqual([{ S: 'k' }]);
  expect(reply.UnprocessedKeys).toEqual({ [EVENTS]: { Keys: [hot], ConsistentRead: true } });
});

test('a hot key of a global index throttles the writes of all items that have it, and no others', async () => {
  const put = (jobId: string, phase: string) =>
    client.send(
      new PutItemCommand({
        TableName: JOBS,
        Item: { jobId: { S: jobId }, phase: { S: phase }, status: { S: 'Ready' } },
      }),
    );
  for (let count = 0; count < LIMITS.partition.write; count += 1) await put(`hot${count}`, 'Open');
  const refused = await put('hot', 'Open').catch((error: unknown) => error);
  expect(refused).toMatchObject({
    name: 'ThrottlingException',
    throttlingReasons: [
      {
        reason: 'IndexWriteKeyRangeThroughputExceeded',
        resource: expect.stringMatching(new RegExp(`:table/${JOBS}/index/byPhase$`)),
      },
    ],
  });
  await put('cool', 'Final');
});

test('an update that leaves an index entry as it is needs no units of the index', async () => {
  const task = (id: string) => ({ shardId: { S: id }, taskId: { S: id } });
  const update = (id: string, attribute: string, value: string) =>
    client.send(
      new UpdateItemCommand({
        TableName: TASKS,
        Key: task(id),
        UpdateExpression: 'SET #a = :v, openKey = :k',
        ExpressionAttributeNames: { '#a': attribute },
        ExpressionAttributeValues: { ':v': { S: value }, ':k': { S: id } },
      }),
    );
  for (let count = 0; count < LIMITS.partition.write; count += 1) await update(`t${count}`, 'serverId', 'one');
  await expect(update('t', 'serverId', 'one')).rejects.toThrow(ThrottlingException);
  await update('t1', 'name', 'another');
  // The entry leaves the hot partition.
  await expect(update('t1', 'serverId', 'two')).rejects.toThrow(ThrottlingException);
});

test('a local index counts with the partition of its table', async () => {
  const put = (taskId: string) =>
    client.send(
      new PutItemCommand({
        TableName: TASKS,
        Item: { shardId: { S: 'l' }, taskId: { S: taskId }, openKey: { S: taskId }, readyKey: { S: taskId } },
      }),
    );
  // 3 units each: the item and two entries.
  for (const taskId of ['1', '2', '3', '4']) await put(taskId);
  await expect(put('5')).rejects.toThrow(ThrottlingException);
});

test('the consumed capacity is returned only as it was asked for', async () => {
  const put = (ReturnConsumedCapacity?: 'TOTAL' | 'INDEXES' | 'NONE') =>
    client.send(new PutItemCommand({ TableName: EVENTS, Item: eventOf('m', '1'), ReturnConsumedCapacity }));
  expect((await put()).ConsumedCapacity).toBeUndefined();
  expect((await put('NONE')).ConsumedCapacity).toBeUndefined();
  expect((await put('TOTAL')).ConsumedCapacity).toEqual({ TableName: EVENTS, CapacityUnits: 1 });
  expect((await put('INDEXES')).ConsumedCapacity).toMatchObject({ CapacityUnits: 1, Table: { CapacityUnits: 1 } });
});

test('an error of the engine reaches the caller as it is, and costs nothing', async () => {
  const wrong = () => client.send(new PutItemCommand({ TableName: EVENTS, Item: { jobId: { S: 'n' } } }));
  for (let count = 0; count < 2 * LIMITS.partition.write; count += 1) {
    await expect(wrong()).rejects.toMatchObject({ name: 'ValidationException' });
  }
  await expect(
    client.send(new PutItemCommand({ TableName: 'no-such-table', Item: eventOf('n', '1') })),
  ).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});

test('a write whose condition fails consumes units all the same', async () => {
  await putEvent('o', '1');
  const put = () =>
    client.send(
      new PutItemCommand({
        TableName: EVENTS,
        Item: eventOf('o', '1'),
        ConditionExpression: 'attribute_not_exists(jobId)',
      }),
    );
  for (let count = 1; count < LIMITS.partition.write; count += 1) {
    await expect(put()).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' });
  }
  await expect(put()).rejects.toThrow(ThrottlingException);
});

test('what is throttled is logged once for each table and index, with the number and an example', async () => {
  const logged: string[] = [];
  const report = new ThrottleReport((line) => logged.push(line));
  const place = { name: EVENTS, arn: '', isIndex: false };
  const index = { name: `${JOBS}/dispatch`, arn: '', isIndex: true };
  for (const kind of ['read', 'write', 'write'] as const)
    report.count({ place, kind, partition: '{"S":"hot"}', units: 1 });
  report.count({ place: index, kind: 'write', units: 1 });
  report.close();
  expect(logged).toEqual([
    `DynamoDB throttled 1 reads and 2 writes of ${EVENTS} within 10 s, for example of the partition key hot`,
    `DynamoDB throttled 0 reads and 1 writes of ${JOBS}/dispatch within 10 s`,
  ]);
});

test('inserts of PartiQL count like other writes, and each that exceeds the limit has its own error', async () => {
  const insert = (...items: Record<string, AttributeValue>[]) =>
    client.send(
      new BatchExecuteStatementCommand({
        Statements: items.map((item) => ({
          Statement: `INSERT INTO "${EVENTS}" VALUE {'jobId': ?, 'eventId': ?, 'text': ?}`,
          Parameters: Object.values(item),
        })),
      }),
    );
  const codesOf = ({ Responses = [] }: Awaited<ReturnType<typeof insert>>) => Responses.map((each) => each.Error?.Code);
  await emptyPartition('statements');
  const some = await insert(eventOf('statements', 'a'), eventOf('elsewhere', 'b'), eventOf('statements', 'c'));
  expect(codesOf(some)).toEqual(['ThrottlingError', undefined, 'ThrottlingError']);
  expect(codesOf(await insert(eventOf('statements', 'a')))).toEqual(['ThrottlingError']);
  now += 2_000;
  const all = await insert(eventOf('statements', 'a'), eventOf('elsewhere', 'b'));
  expect(codesOf(all)).toEqual([undefined, 'DuplicateItem']);
});

test('updates of PartiQL count like other writes, with the index entries that they change', async () => {
  // Each job is in a partition of its own, but their entries are in one partition of the index byPhase.
  const jobs = Array.from({ length: LIMITS.partition.write + 2 }, (_, index) => `updated-${index}`);
  const { Responses = [] } = await client.send(
    new BatchExecuteStatementCommand({
      Statements: jobs.map((jobId) => ({
        Statement: `UPDATE "${JOBS}" SET "phase" = ? REMOVE "rank" WHERE "jobId" = ? AND "status" IN [?, ?]`,
        Parameters: [{ S: 'Final' }, { S: jobId }, { S: 'a' }, { S: 'b' }],
      })),
    }),
  );
  expect(Responses.map((each) => each.Error?.Code)).toEqual([
    ...jobs.slice(2).map(() => 'ConditionalCheckFailed'),
    'ThrottlingError',
    'ThrottlingError',
  ]);
});
