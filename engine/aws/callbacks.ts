/** Answers to the workflows that wait: a callback is answered once, whoever else answers it is told so and need not care. */
import {
  InvalidToken,
  SendTaskFailureCommand,
  SendTaskSuccessCommand,
  TaskDoesNotExist,
  TaskTimedOut,
} from '@aws-sdk/client-sfn';
import { stepFunctions } from './clients.ts';

/** Has the waiting states go on. Repeating it does no harm. */
export async function succeed(tokens: readonly string[], output: unknown = {}): Promise<void> {
  for (const taskToken of tokens) {
    await answer(() => stepFunctions().send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(output) })));
  }
}

/** Has the waiting states fail with an error of this name, for their `Catch`. Repeating it does no harm. */
export async function fail(tokens: readonly string[], error: string): Promise<void> {
  for (const taskToken of tokens)
    await answer(() => stepFunctions().send(new SendTaskFailureCommand({ taskToken, error })));
}

async function answer(send: () => Promise<unknown>): Promise<void> {
  try {
    await send();
  } catch (error) {
    const isOver = error instanceof TaskTimedOut || error instanceof TaskDoesNotExist || error instanceof InvalidToken;
    if (!isOver) throw error;
  }
}
