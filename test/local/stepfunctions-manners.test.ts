import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ListExecutionsCommand,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '#test/support/flows/system';
import { clientOf, invoking, Trial } from '#test/support/local/stepfunctions-trial';

const COUNT = 60;
const RETRY = [{ ErrorEquals: ['States.TaskFailed'], IntervalSeconds: 1, MaxAttempts: 5 }];
const states = { Step: invoking('{% $states.input %}', { Retry: RETRY, End: true }) };

/** By the input of the execution. */
const calls = new Map<string, number>();
let trial: Trial;
let sfn: ReturnType<typeof clientOf>;
beforeAll(async () => {
  const lambda = (input: unknown) => calls.set(String(input), (calls.get(String(input)) ?? 0) + 1) && 'done';
  trial = await Trial.start({ states, lambda, mannersSeed: 3, realTime: true });
  // As many as it takes until a reply arrives.
  sfn = clientOf(trial.url, 10);
});
afterAll(async () => {
  sfn.destroy();
  await trial.close();
});

test('replies are lost and Lambdas are called again, and yet each execution runs once and succeeds', async () => {
  const names = Array.from({ length: COUNT }, (_, index) => `e${index}`);
  const attempts = await Promise.all(names.map(start));
  for (const name of names) {
    const executionArn = trial.arn.replace(':stateMachine:', ':execution:').concat(`:${name}`);
    await eventually(
      async () => (await sfn.send(new DescribeExecutionCommand({ executionArn }))).status === 'SUCCEEDED',
    );
  }
  const { executions } = await sfn.send(new ListExecutionsCommand({ stateMachineArn: trial.arn }));
  expect(executions).toHaveLength(COUNT);
  expect(calls.size).toBe(COUNT);
  expect(attempts.filter((count) => count > 1)).not.toEqual([]);
  expect([...calls.values()].filter((count) => count > 1)).not.toEqual([]);
});

/** Returns how often the SDK has sent the request. The execution may have ended before a repeat: then it exists. */
async function start(name: string): Promise<number> {
  const command = new StartExecutionCommand({ stateMachineArn: trial.arn, name, input: JSON.stringify(name) });
  try {
    return (await sfn.send(command)).$metadata.attempts ?? 1;
  } catch (error) {
    if (error instanceof ExecutionAlreadyExists) return error.$metadata.attempts ?? 1;
    throw error;
  }
}
