/** The rules of SQS that the stand-in keeps, seen by AWS's own client. */
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ListQueuesCommand,
  type Message,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageBatchCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { type Sqs, startSqs } from '#local/aws/sqs/sqs';

const MAX_BATCH_BYTES = 1024 * 1024;
const LONG = { visibilitySeconds: 600, retentionSeconds: 60, waitSeconds: 0 };
const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };

let aheadMs = 0;
let sqs: Sqs;
let client: SQSClient;
beforeAll(async () => {
  const queues = [{ ...LONG, name: 'calls' }];
  sqs = await startSqs({ port: 0, queues, now: () => Date.now() + aheadMs, log: () => {} });
  client = new SQSClient({ endpoint: sqs.url, region: 'us-east-1', credentials });
});
afterEach(async () => {
  aheadMs += (LONG.visibilitySeconds + LONG.retentionSeconds) * 1000;
  expect(await counts()).toEqual(['0', '0']);
});
afterAll(async () => {
  client.destroy();
  await sqs.close();
});

const QueueUrl = () => sqs.urlOf('calls');

function send(...bodies: string[]) {
  const Entries = bodies.map((MessageBody, at) => ({ Id: String(at), MessageBody }));
  return client.send(new SendMessageBatchCommand({ QueueUrl: QueueUrl(), Entries }));
}

async function receive(wanted: Partial<ReceiveMessageCommandInput> = {}): Promise<Message[]> {
  const command = new ReceiveMessageCommand({ QueueUrl: QueueUrl(), WaitTimeSeconds: 0, ...wanted });
  return (await client.send(command)).Messages ?? [];
}

async function counts() {
  const AttributeNames = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
  const command = new GetQueueAttributesCommand({ QueueUrl: QueueUrl(), AttributeNames: [...AttributeNames] });
  const { Attributes = {} } = await client.send(command);
  return AttributeNames.map((name) => Attributes[name]);
}

const release = (message: Message | undefined, VisibilityTimeout = 0) =>
  client.send(
    new ChangeMessageVisibilityCommand({
      QueueUrl: QueueUrl(),
      ReceiptHandle: message?.ReceiptHandle ?? '',
      VisibilityTimeout,
    }),
  );

test('a message that was received is hidden until it is given back', async () => {
  await send('a');
  const [first] = await receive({ MessageSystemAttributeNames: ['All'] });
  expect(first).toMatchObject({ Body: 'a', Attributes: { ApproximateReceiveCount: '1' } });
  expect(await receive()).toEqual([]);
  expect(await counts()).toEqual(['0', '1']);
  await release(first);
  const [second] = await receive({ MessageSystemAttributeNames: ['ApproximateReceiveCount'] });
  expect(second).toMatchObject({ MessageId: first?.MessageId, Attributes: { ApproximateReceiveCount: '2' } });
});

test('a message comes back after its visibility timeout to one that waits', async () => {
  await send('a');
  const [first] = await receive({ VisibilityTimeout: 1 });
  const [second] = await receive({ WaitTimeSeconds: 20 });
  expect(second?.MessageId).toBe(first?.MessageId);
});

test('a deleted message is gone; a handle of an earlier receive deletes nothing', async () => {
  await send('a');
  const [first] = await receive();
  await release(first);
  const [second] = await receive();
  for (const { ReceiptHandle } of [first ?? {}, first ?? {}])
    await client.send(new DeleteMessageCommand({ QueueUrl: QueueUrl(), ReceiptHandle }));
  expect(await counts()).toEqual(['0', '1']);
  await client.send(new DeleteMessageCommand({ QueueUrl: QueueUrl(), ReceiptHandle: second?.ReceiptHandle }));
  expect(await counts()).toEqual(['0', '0']);
});

test('one message ends one wait: the other receive goes on waiting', async () => {
  const waiting = [receive({ WaitTimeSeconds: 20 }), receive({ WaitTimeSeconds: 20 })];
  await send('a');
  const [first] = await Promise.race(waiting);
  await send('b');
  const bodies = (await Promise.all(waiting)).flat().map(({ Body }) => Body);
  expect(first?.Body).toBe('a');
  expect(bodies.sort()).toEqual(['a', 'b']);
});

test('a client that has gone away while it waited gets no message', async () => {
  const leaving = new AbortController();
  const command = new ReceiveMessageCommand({ QueueUrl: QueueUrl(), WaitTimeSeconds: 20 });
  const left = client.send(command, { abortSignal: leaving.signal });
  const staying = receive({ WaitTimeSeconds: 20 });
  leaving.abort();
  await expect(left).rejects.toThrow('abort');
  await send('a');
  expect(await staying).toMatchObject([{ Body: 'a' }]);
});

test('a receive takes at most as many messages as it asks for, one if it does not say', async () => {
  await send('a', 'b', 'c');
  expect(await receive()).toHaveLength(1);
  expect(await receive({ MaxNumberOfMessages: 10 })).toHaveLength(2);
});

test('a message expires after the retention period, received or not', async () => {
  await send('a', 'b');
  const [first] = await receive();
  aheadMs += (LONG.retentionSeconds - 1) * 1000;
  expect(await counts()).toEqual(['1', '1']);
  aheadMs += 2_000;
  expect(await receive()).toEqual([]);
  await expect(release(first)).rejects.toThrow('in flight');
});

test('without a wait of its own, a receive waits as the queue says', async () => {
  const queues = [{ ...LONG, name: 'patient', waitSeconds: 20 }];
  const patient = await startSqs({ port: 0, queues, log: () => {} });
  const other = new SQSClient({ endpoint: patient.url, region: 'us-east-1', credentials });
  const url = { QueueUrl: patient.urlOf('patient') };
  const waiting = other.send(new ReceiveMessageCommand(url));
  await other.send(new SendMessageBatchCommand({ ...url, Entries: [{ Id: '0', MessageBody: 'a' }] }));
  expect((await waiting).Messages).toMatchObject([{ Body: 'a' }]);
  other.destroy();
  await patient.close();
});

test('with the manners of AWS some messages come twice', async () => {
  const twice = await startSqs({ port: 0, queues: [{ ...LONG, name: 'calls' }], mannersSeed: 1, log: () => {} });
  const other = new SQSClient({ endpoint: twice.url, region: 'us-east-1', credentials });
  const url = { QueueUrl: twice.urlOf('calls') };
  const ids: (string | undefined)[] = [];
  for (let round = 0; round < 10; round += 1) {
    const Entries = Array.from({ length: 10 }, (_, at) => ({ Id: String(at), MessageBody: 'a' }));
    await other.send(new SendMessageBatchCommand({ ...url, Entries }));
    for (const MaxNumberOfMessages of [10, 10]) {
      const { Messages = [] } = await other.send(new ReceiveMessageCommand({ ...url, MaxNumberOfMessages }));
      ids.push(...Messages.map(({ MessageId }) => MessageId));
    }
  }
  expect(new Set(ids).size).toBe(100);
  expect(ids.length).toBeGreaterThan(100);
  other.destroy();
  await twice.close();
});

test('the queues are listed by their URLs', async () => {
  expect((await client.send(new ListQueuesCommand({}))).QueueUrls).toEqual([QueueUrl()]);
});

test.each([
  ['an empty batch', [], 'EmptyBatchRequest'],
  ['more than ten entries', Array.from({ length: 11 }, () => 'a'), 'TooManyEntriesInBatchRequest'],
  ['more than 1 MiB in all', ['a'.repeat(MAX_BATCH_BYTES), 'a'], 'BatchRequestTooLong'],
])('a batch is refused as a whole: %s', async (_, bodies, name) => {
  await expect(send(...bodies)).rejects.toMatchObject({ name });
  expect(await counts()).toEqual(['0', '0']);
});

test.each([
  ['twice the same id', ['a', 'a'], 'BatchEntryIdsNotDistinct'],
  ['another character in an id', ['a.b'], 'InvalidBatchEntryId'],
])('a batch with wrong ids is refused: %s', async (_, ids, name) => {
  const Entries = ids.map((Id) => ({ Id, MessageBody: 'a' }));
  await expect(client.send(new SendMessageBatchCommand({ QueueUrl: QueueUrl(), Entries }))).rejects.toMatchObject({
    name,
  });
});

test('a message with a character that SQS does not take fails alone', async () => {
  const { Successful, Failed } = await send('a', '\u{1}');
  expect(Successful).toMatchObject([{ Id: '0' }]);
  expect(Failed).toMatchObject([{ Id: '1', Code: 'InvalidMessageContents', SenderFault: true }]);
});

test.each([
  ['another queue', { QueueUrl: 'http://127.0.0.1/000000000000/other' }, 'QueueDoesNotExist'],
  ['a wait of 21 s', { WaitTimeSeconds: 21 }, 'InvalidParameterValueException'],
  ['eleven messages', { MaxNumberOfMessages: 11 }, 'InvalidParameterValueException'],
  ['a visibility timeout of more than 12 hours', { VisibilityTimeout: 43_201 }, 'InvalidParameterValueException'],
])('a receive is refused: %s', async (_, wanted, name) => {
  await expect(receive(wanted)).rejects.toMatchObject({ name });
});

test.each([
  ['a name with a dot', { name: 'a.b' }],
  ['a retention of less than a minute', { retentionSeconds: 59 }],
  ['a visibility timeout of more than 12 hours', { visibilitySeconds: 43_201 }],
])('the service does not start with a queue that SQS would refuse: %s', async (_, wrong) => {
  const queues = [{ ...LONG, name: 'calls', ...wrong }];
  await expect(startSqs({ port: 0, queues, log: () => {} })).rejects.toThrow();
});
