/**
 * The queue of nudges. A nudge tells one idle server to look for tasks. It may be lost, late or come twice; servers
 * look without one, too.
 */
import * as z from 'zod';
import { NUDGE_WAIT_SECONDS } from '#domain/limits';
import { inTime, withDeadline } from '#store/dynamodb/deadline';
import { askSqs } from './sqs.ts';

/** A receive takes this much longer than its wait at most. */
const RECEIVE_LIMIT_MS = (NUDGE_WAIT_SECONDS + 5) * 1000;
/** What ends a nudge takes no longer: a server that stops waits for it. */
const END_LIMIT_MS = 2_000;

/** A nudge that this process has received and that others do not see for a while. */
export type Nudge = { readonly batchGroups: readonly string[]; readonly handle: string };

const bodySchema = z.object({ batchGroups: z.array(z.string()) });
const receivedSchema = z.object({
  Messages: z.array(z.object({ Body: z.string(), ReceiptHandle: z.string() })).default([]),
});

/** Whether there is a queue. Without one, servers look for tasks once a second. */
export function hasNudges(): boolean {
  return queueUrl() !== '';
}

/**
 * Sends this number of nudges, at most 10, for tasks of these batch groups. One request, and no second attempt.
 * @throws OutOfTime; Error if SQS refuses the request or is not there
 */
export async function sendNudges(batchGroups: readonly string[], count: number): Promise<void> {
  const MessageBody = JSON.stringify({ batchGroups });
  const Entries = Array.from({ length: count }, (_, at) => ({ Id: String(at), MessageBody }));
  await ask('SendMessageBatch', { Entries });
}

/**
 * Waits for a nudge; undefined if none comes within `NUDGE_WAIT_SECONDS`. One request.
 * @throws Error if SQS refuses the request or is not there, or the signal is aborted
 */
export async function receiveNudge(abortSignal: AbortSignal): Promise<Nudge | undefined> {
  const wanted = { QueueUrl: queueUrl(), WaitTimeSeconds: NUDGE_WAIT_SECONDS };
  const reply = await askSqs('ReceiveMessage', wanted, { abortSignal, requestTimeout: RECEIVE_LIMIT_MS });
  const [message] = receivedSchema.parse(reply).Messages;
  return message && { ...bodySchema.parse(JSON.parse(message.Body)), handle: message.ReceiptHandle };
}

/** Removes a nudge that has done its work. One request. */
export async function endNudge({ handle: ReceiptHandle }: Nudge): Promise<void> {
  await withDeadline(Date.now() + END_LIMIT_MS, () => ask('DeleteMessage', { ReceiptHandle }));
}

/** Gives a nudge back at once, for another server. If this is not done, it comes back after a while. One request. */
export async function passOnNudge({ handle: ReceiptHandle }: Nudge): Promise<void> {
  const input = { ReceiptHandle, VisibilityTimeout: 0 };
  await withDeadline(Date.now() + END_LIMIT_MS, () => ask('ChangeMessageVisibility', input));
}

function ask(operation: string, input: object): Promise<unknown> {
  return inTime((options) => askSqs(operation, { QueueUrl: queueUrl(), ...input }, options));
}

function queueUrl(): string {
  return process.env.LASTCALL_NUDGE_QUEUE_URL ?? '';
}
