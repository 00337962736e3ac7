/** The deadline of a call: everything that it sends has ended before its reply. */
import type { Context } from 'aws-lambda';
import { keepingCounts } from '#store/counts/keep-counts';
import { withDeadline } from '#store/dynamodb/deadline';

/** Kept for the reply. API Gateway also counts the start of a new function, and waits 30 s for both. */
const REPLY_MS = 3_000;

/** A read that takes longer than this is given up: to send it again does no harm. */
const READ_MS = 8_000;

/** Like `inCall`, but a read is given up sooner. */
export function inRequest<T>(context: Context, method: string, act: () => Promise<T>): Promise<T> {
  return inCall(context, method === 'GET' ? () => withDeadline(Date.now() + READ_MS, act) : act);
}

/**
 * Runs the act until shortly before the time-out of the call.
 * @throws OutOfTime at its deadline, and what the act throws
 */
export function inCall<T>(context: Context, act: () => Promise<T>): Promise<T> {
  return withDeadline(Date.now() + context.getRemainingTimeInMillis() - REPLY_MS, () => keepingCounts(act));
}
