import {
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { awaiting, errorNamed, Trial, within } from '#test/support/local/stepfunctions-trial';

let trial: Trial;
let asked: PromiseWithResolvers<string>;
let returning: PromiseWithResolvers<unknown>;

beforeEach(() => {
  asked = Promise.withResolvers();
  returning = Promise.withResolvers();
});
afterEach(() => trial.close());

/** Starts an execution whose Lambda returns on request, and waits for its token. */
async function ask(rest: object = {}, more: Record<string, object> = {}): Promise<{ arn: string; token: string }> {
  const lambda = (payload: unknown) => {
    asked.resolve(Object(payload).token);
    return returning.promise;
  };
  trial = await Trial.start({ states: { Ask: awaiting(rest), ...more }, lambda });
  const arn = await trial.run();
  return { arn, token: await within(asked.promise, 'the token') };
}

const succeed = (taskToken: string, output: unknown = { ok: 1 }) =>
  trial.sfn.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(output) }));
const beat = (taskToken: string) => trial.sfn.send(new SendTaskHeartbeatCommand({ taskToken }));

test('the state ends with the output of SendTaskSuccess; the history keeps the result of the Lambda', async () => {
  const { arn, token } = await ask();
  returning.resolve('ignored');
  while (!(await trial.types(arn)).includes('TaskSubmitted'));
  await succeed(token);
  expect((await trial.ended(arn)).value).toEqual({ ok: 1 });
  expect(await trial.types(arn)).toEqual([
    'ExecutionStarted',
    'TaskStateEntered',
    'TaskScheduled',
    'TaskStarted',
    'TaskSubmitted',
    'TaskSucceeded',
    'TaskStateExited',
    'ExecutionSucceeded',
  ]);
  await expect(succeed(token)).rejects.toMatchObject({ name: 'TaskTimedOut' });
});

test('SendTaskSuccess may precede the end of the Lambda, whose later failure is dropped', async () => {
  const { arn, token } = await ask();
  await succeed(token, null);
  expect(await trial.ended(arn)).toMatchObject({ status: 'SUCCEEDED', value: null });
  returning.reject(new Error('too late'));
  expect((await trial.types(arn)).at(-1)).toBe('ExecutionSucceeded');
});

test('SendTaskFailure fails the state with its error and cause', async () => {
  const Catch = [{ ErrorEquals: ['Withdrawn'], Next: 'Caught' }];
  const { arn, token } = await ask({ Catch }, { Caught: { Type: 'Succeed' } });
  await trial.sfn.send(new SendTaskFailureCommand({ taskToken: token, error: 'Withdrawn', cause: 'by alice' }));
  expect((await trial.ended(arn)).value).toEqual({ Error: 'Withdrawn', Cause: 'by alice' });
  await expect(trial.sfn.send(new SendTaskFailureCommand({ taskToken: token }))).rejects.toMatchObject({
    name: 'TaskTimedOut',
  });
});

test('a failed Lambda fails the state, and the next attempt has a new token', async () => {
  const { arn, token } = await ask({ Retry: [{ ErrorEquals: ['Busy'], IntervalSeconds: 1 }] });
  const first = returning;
  asked = Promise.withResolvers();
  returning = Promise.withResolvers();
  first.reject(errorNamed('Busy'));
  await trial.clock.armed(1_000);
  await expect(succeed(token)).rejects.toMatchObject({ name: 'TaskTimedOut' });
  trial.clock.turn(1_000);
  const second = await within(asked.promise, 'another token');
  expect(second).not.toBe(token);
  await succeed(second);
  expect((await trial.ended(arn)).status).toBe('SUCCEEDED');
});

test('TimeoutSeconds ends the wait with States.Timeout despite heartbeats', async () => {
  const { arn, token } = await ask({ TimeoutSeconds: 10, HeartbeatSeconds: 6 });
  trial.clock.turn(5_000);
  await beat(token);
  trial.clock.turn(5_000);
  expect(await trial.ended(arn)).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
  await expect(beat(token)).rejects.toMatchObject({ name: 'TaskTimedOut' });
  expect(trial.clock.delays).toEqual([]);
});

test('a missing heartbeat ends the wait with States.HeartbeatTimeout, and each heartbeat restarts the interval', async () => {
  const Catch = [
    { ErrorEquals: ['States.HeartbeatTimeout'], Next: 'Dead' },
    { ErrorEquals: ['States.Timeout'], Next: 'Late' },
  ];
  const { arn, token } = await ask(
    { HeartbeatSeconds: '{% 3 %}', Catch },
    { Dead: { Type: 'Succeed' }, Late: { Type: 'Succeed' } },
  );
  for (let beats = 0; beats < 3; beats += 1) {
    trial.clock.turn(2_999);
    await beat(token);
  }
  expect((await trial.types(arn)).at(-1)).toBe('TaskStarted');
  trial.clock.turn(3_000);
  expect((await trial.ended(arn)).value).toEqual({ Error: 'States.HeartbeatTimeout', Cause: null });
  expect(await trial.types(arn)).toContain('TaskTimedOut');
});

test('States.Timeout matches a missing heartbeat too', async () => {
  const Catch = [
    { ErrorEquals: ['States.TaskFailed'], Next: 'Failed' },
    { ErrorEquals: ['States.Timeout'], Next: 'Late' },
  ];
  const { arn } = await ask(
    { HeartbeatSeconds: 3, Catch },
    { Failed: { Type: 'Succeed', Output: 'failed' }, Late: { Type: 'Succeed', Output: 'late' } },
  );
  trial.clock.turn(3_000);
  expect((await trial.ended(arn)).value).toBe('late');
});

test('stopping the execution ends the wait, and the token with it', async () => {
  const { arn, token } = await ask({ TimeoutSeconds: 60 });
  await trial.sfn.send(new StopExecutionCommand({ executionArn: arn, error: 'Stop', cause: 'enough' }));
  expect(await trial.ended(arn)).toMatchObject({ status: 'ABORTED', error: 'Stop', cause: 'enough' });
  await expect(succeed(token)).rejects.toMatchObject({ name: 'TaskTimedOut' });
  expect(trial.clock.delays).toEqual([]);
  expect((await trial.types(arn)).at(-1)).toBe('ExecutionAborted');
});

test('invalid tokens and tokens of unknown executions fail with different errors', async () => {
  await ask();
  await expect(succeed('no token')).rejects.toMatchObject({ name: 'InvalidToken' });
  const foreign = Buffer.from(JSON.stringify([`${trial.arn}:gone`, crypto.randomUUID()])).toString('base64url');
  await expect(succeed(foreign)).rejects.toMatchObject({ name: 'TaskDoesNotExist' });
});

test('an output that is not JSON is refused, and the task still waits', async () => {
  const { arn, token } = await ask();
  const wrong = new SendTaskSuccessCommand({ taskToken: token, output: '{' });
  await expect(trial.sfn.send(wrong)).rejects.toMatchObject({ name: 'InvalidOutput' });
  await succeed(token);
  expect((await trial.ended(arn)).status).toBe('SUCCEEDED');
});
