/** SQS with a queue of nudges, and the wire to it. */
import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type QueueAttributeName,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { type Sqs, startSqs } from '#local/aws/sqs/sqs';
import { LOCAL } from '#test/support/flows/aws';
import { openWire, type Wire } from '#test/support/store/wire';

export type SqsTrial = {
  readonly wire: Wire;
  /** The variables by which the engine finds the queue. */
  readonly environment: { readonly LASTCALL_NUDGE_QUEUE_URL: string };
  /** Puts a nudge for these groups into the queue, not by the wire. */
  nudge(...batchGroups: string[]): Promise<void>;
  /** How many nudges can be received, and how many are in flight. */
  counts(): Promise<number[]>;
  /** Removes all nudges that can be received. */
  empty(): Promise<void>;
  close(): Promise<void>;
};

/** Nudges wait long, so that no test sees one expire or come back by itself. */
const NUDGES = { name: 'nudges', visibilitySeconds: 600, retentionSeconds: 600, waitSeconds: 20 };

const COUNTS: QueueAttributeName[] = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'];

export async function startSqsTrial(): Promise<SqsTrial> {
  const sqs: Sqs = await startSqs({ port: 0, queues: [NUDGES], log: () => {} });
  const wire = await openWire(sqs.url);
  const { pathname } = new URL(sqs.urlOf(NUDGES.name));
  const client = new SQSClient({ endpoint: sqs.url, ...LOCAL });
  const queue = { QueueUrl: sqs.urlOf(NUDGES.name) };
  return {
    wire,
    environment: { LASTCALL_NUDGE_QUEUE_URL: wire.url + pathname },
    async nudge(...batchGroups) {
      const MessageBody = JSON.stringify({ batchGroups: batchGroups.length === 0 ? ['default'] : batchGroups });
      await client.send(new SendMessageBatchCommand({ ...queue, Entries: [{ Id: '0', MessageBody }] }));
    },
    async counts() {
      const { Attributes = {} } = await client.send(
        new GetQueueAttributesCommand({ ...queue, AttributeNames: COUNTS }),
      );
      return COUNTS.map((name) => Number(Attributes[name]));
    },
    async empty() {
      const receive = new ReceiveMessageCommand({ ...queue, WaitTimeSeconds: 0, MaxNumberOfMessages: 10 });
      for (const { ReceiptHandle } of (await client.send(receive)).Messages ?? [])
        await client.send(new DeleteMessageCommand({ ...queue, ReceiptHandle }));
    },
    async close() {
      client.destroy();
      await wire.close();
      await sqs.close();
    },
  };
}
