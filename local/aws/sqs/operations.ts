/** The operations of SQS that are served here. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { AwsError, type Operations, operation } from '#local/aws/wire/aws-json';
import {
  BATCH_ID,
  MAX_BATCH_BYTES,
  MAX_BATCH_MESSAGES,
  MAX_VISIBILITY_SECONDS,
  MAX_WAIT_SECONDS,
  MESSAGE_CONTENT,
} from './limits.ts';
import type { Queue, Received } from './queue.ts';

const ATTRIBUTES = ['ApproximateFirstReceiveTimestamp', 'ApproximateReceiveCount', 'SentTimestamp'] as const;
const seconds = (max: number) => z.int().min(0).max(max);
const queueSchema = z.strictObject({ QueueUrl: z.string() });
const entrySchema = z.strictObject({ Id: z.string(), MessageBody: z.string() });
type Entry = z.infer<typeof entrySchema>;
const sendSchema = queueSchema.extend({ Entries: z.array(entrySchema) });
const receiveSchema = queueSchema.extend({
  MaxNumberOfMessages: z.int().min(1).max(MAX_BATCH_MESSAGES).default(1),
  MessageSystemAttributeNames: z.array(z.enum(['All', ...ATTRIBUTES])).default([]),
  VisibilityTimeout: seconds(MAX_VISIBILITY_SECONDS).optional(),
  WaitTimeSeconds: seconds(MAX_WAIT_SECONDS).optional(),
});
const handleSchema = queueSchema.extend({ ReceiptHandle: z.string() });
const visibilitySchema = handleSchema.extend({ VisibilityTimeout: seconds(MAX_VISIBILITY_SECONDS) });
const attributesSchema = queueSchema.extend({ AttributeNames: z.array(z.string()).default([]) });

/** The operations on the queues, by the paths of their URLs. */
export function operationsOf(queues: ReadonlyMap<string, Queue>, url: string): Operations {
  const queueOf = ({ QueueUrl }: { QueueUrl: string }) => findQueue(queues, QueueUrl);
  return {
    SendMessageBatch: operation(sendSchema, (input) => sendBatch(queueOf(input), input.Entries)),
    ReceiveMessage: operation(receiveSchema, async (input, gone) => {
      const { MaxNumberOfMessages: max, VisibilityTimeout: visibilitySeconds, WaitTimeSeconds: waitSeconds } = input;
      const wanted = {
        max,
        ...(waitSeconds !== undefined && { waitSeconds }),
        ...(visibilitySeconds !== undefined && { visibilitySeconds }),
      };
      const received = await queueOf(input).receive(wanted, gone);
      // Without a message the member is absent.
      return received.length === 0
        ? {}
        : { Messages: received.map((message) => show(message, input.MessageSystemAttributeNames)) };
    }),
    DeleteMessage: operation(handleSchema, (input) => {
      queueOf(input).delete(input.ReceiptHandle);
      return {};
    }),
    ChangeMessageVisibility: operation(visibilitySchema, (input) => {
      queueOf(input).changeVisibility(input.ReceiptHandle, input.VisibilityTimeout);
      return {};
    }),
    ListQueues: operation(z.strictObject({}), () => ({ QueueUrls: [...queues.keys()].map((path) => url + path) })),
    GetQueueAttributes: operation(attributesSchema, (input) => attributesOf(queueOf(input), input.AttributeNames)),
  };
}

function findQueue(queues: ReadonlyMap<string, Queue>, url: string): Queue {
  const found = queues.get(URL.parse(url)?.pathname ?? '');
  if (found) return found;
  throw new AwsError('QueueDoesNotExist', 'The specified queue does not exist.');
}

/** Each entry has an outcome of its own; a batch that breaks a rule is refused as a whole. */
function sendBatch(queue: Queue, entries: readonly Entry[]): object {
  checkBatch(entries);
  const refused = entries.filter(({ MessageBody }) => !MESSAGE_CONTENT.test(MessageBody));
  const taken = entries.filter((entry) => !refused.includes(entry));
  const Successful = taken.map(({ Id, MessageBody }) => {
    return { Id, MessageId: queue.send(MessageBody), MD5OfMessageBody: md5Of(MessageBody) };
  });
  const fault = { Code: 'InvalidMessageContents', SenderFault: true };
  return { Successful, ...(refused.length > 0 && { Failed: refused.map(({ Id }) => ({ Id, ...fault })) }) };
}

/** Source: Amazon SQS API reference, SendMessageBatch, "Errors". */
function checkBatch(entries: readonly Entry[]): void {
  if (entries.length === 0) throw new AwsError('EmptyBatchRequest', 'There is no entry in the request.');
  if (entries.length > MAX_BATCH_MESSAGES)
    throw new AwsError('TooManyEntriesInBatchRequest', `A batch has at most ${MAX_BATCH_MESSAGES} entries.`);
  if (new Set(entries.map(({ Id }) => Id)).size < entries.length)
    throw new AwsError('BatchEntryIdsNotDistinct', 'Two entries have the same id.');
  if (!entries.every(({ Id }) => BATCH_ID.test(Id)))
    throw new AwsError('InvalidBatchEntryId', 'An id has up to 80 letters, digits, hyphens and underscores.');
  const bytes = entries.reduce((sum, { MessageBody }) => sum + Buffer.byteLength(MessageBody), 0);
  if (bytes > MAX_BATCH_BYTES)
    throw new AwsError('BatchRequestTooLong', `The messages have ${bytes} bytes, more than ${MAX_BATCH_BYTES}.`);
}

function show({ messageId, body, handle, ...message }: Received, names: readonly string[]): object {
  const all = {
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedMs),
    ApproximateReceiveCount: String(message.receives),
    SentTimestamp: String(message.sentMs),
  };
  const wanted = Object.entries(all).filter(([name]) => names.includes('All') || names.includes(name));
  const Attributes = wanted.length === 0 ? {} : { Attributes: Object.fromEntries(wanted) };
  return { MessageId: messageId, ReceiptHandle: handle, MD5OfBody: md5Of(body), Body: body, ...Attributes };
}

function attributesOf({ counts, settings }: Queue, names: readonly string[]): object {
  const all = {
    ApproximateNumberOfMessages: counts.visible,
    ApproximateNumberOfMessagesNotVisible: counts.inFlight,
    MessageRetentionPeriod: settings.retentionSeconds,
    ReceiveMessageWaitTimeSeconds: settings.waitSeconds,
    VisibilityTimeout: settings.visibilitySeconds,
  };
  const wanted = Object.entries(all).filter(([name]) => names.includes('All') || names.includes(name));
  return { Attributes: Object.fromEntries(wanted.map(([name, value]) => [name, String(value)])) };
}

/** SDKs compare it with the body that they have sent or received. */
function md5Of(body: string): string {
  return createHash('md5').update(body).digest('hex');
}
