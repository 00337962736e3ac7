/**
 * Answers the workflows that wait for a callback. A callback is answered once: a second or late answer changes nothing.
 */
import {
  InvalidToken,
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  TaskDoesNotExist,
  TaskTimedOut,
} from '@aws-sdk/client-sfn';
import type { SendOptions } from '#store/dynamodb/deadline';
import { request, stepFunctions } from './clients.ts';

/** Lets the waiting states continue. */
export async function succeed(tokens: readonly string[], output: unknown = {}): Promise<void> {
  for (const taskToken of tokens) {
    const success = new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(output) });
    await isHeard((options) => stepFunctions().send(success, options));
  }
}

/** Fails the waiting states with an error of this name, for their `Catch`. */
export async function fail(tokens: readonly string[], error: string): Promise<void> {
  for (const taskToken of tokens)
    await isHeard((options) => stepFunctions().send(new SendTaskFailureCommand({ taskToken, error }), options));
}

/** Sends a heartbeat to the waiting state; false if no state waits for this callback any more. */
export function beat(taskToken: string): Promise<boolean> {
  return isHeard((options) => stepFunctions().send(new SendTaskHeartbeatCommand({ taskToken }), options));
}

/** Step Functions refuses a callback that was answered, has timed out, or whose execution was stopped. */
async function isHeard(send: (options: SendOptions) => Promise<unknown>): Promise<boolean> {
  try {
    await request(send);
    return true;
  } catch (error) {
    if (error instanceof TaskTimedOut || error instanceof TaskDoesNotExist || error instanceof InvalidToken)
      return false;
    throw error;
  }
}
