import { afterEach, expect, test } from '@jest/globals';
import { errorNamed, invoking, type Lambda, Trial } from '#test/support/local/stepfunctions-trial';

afterEach(() => Trial.closeAll());

const start = (states: Record<string, object>, lambda?: Lambda) =>
  Trial.start({ states, ...(lambda ? { lambda } : {}) });

const failing = (name: string) => () => {
  throw errorNamed(name, 'why');
};

test('the error of a Lambda keeps its name, and its cause is JSON', async () => {
  const service = await start({ A: invoking({}) }, failing('OutOfStock'));
  const { error, cause } = await service.runToEnd();
  expect(error).toBe('OutOfStock');
  const shape = { errorType: 'OutOfStock', errorMessage: 'why', trace: expect.arrayContaining(['OutOfStock: why']) };
  expect(JSON.parse(String(cause))).toEqual(shape);
});

test('retries back off, each retrier with its own count, and RetryCount counts them all', async () => {
  const errors = ['Busy', 'Busy', 'Other', 'Busy', 'Busy'];
  const service = await start(
    {
      A: invoking('{% $states.context.State.RetryCount %}', {
        End: true,
        Retry: [
          { ErrorEquals: ['Busy'], IntervalSeconds: 2, BackoffRate: 3, MaxAttempts: 3, MaxDelaySeconds: 10 },
          { ErrorEquals: ['States.ALL'], MaxAttempts: 1 },
        ],
      }),
    },
    (retryCount) => {
      throw errorNamed(String(errors[Number(retryCount)]));
    },
  );
  const arn = await service.run();
  for (const seconds of [2, 6, 1, 10]) {
    await service.clock.armed(seconds * 1000);
    service.clock.turn(seconds * 1000);
  }
  expect(await service.ended(arn)).toMatchObject({ status: 'FAILED', error: 'Busy' });
  const attempts = (await service.types(arn)).filter((type) => type === 'TaskFailed');
  expect(attempts).toHaveLength(5);
});

test('a MaxAttempts of 0 means no retry, and full jitter shortens the delay', async () => {
  const retry = (rule: object) => ({ End: true, Retry: [{ ErrorEquals: ['X'], ...rule }] });
  let times = 0;
  const service = await start({ A: invoking({}, retry({ IntervalSeconds: 1000, JitterStrategy: 'FULL' })) }, () => {
    times += 1;
    if (times === 1) throw errorNamed('X');
  });
  const arn = await service.run();
  while (service.clock.delays.length === 0) await service.types(arn);
  expect(service.clock.delays[0]).toBeLessThan(1_000_000);
  service.clock.turn(1_000_000);
  expect((await service.ended(arn)).status).toBe('SUCCEEDED');
  await service.close();
  const never = await start({ A: invoking({}, retry({ MaxAttempts: 0 })) }, failing('X'));
  expect((await never.runToEnd()).error).toBe('X');
});

test('the first catcher that matches decides, and its Output and Assign can read the error', async () => {
  const rule = (name: string) => ({
    ErrorEquals: [name],
    Next: 'B',
    Output: name,
    Assign: { caught: '{% $states.errorOutput.Error %}' },
  });
  const Catch = [
    rule('Other'),
    rule('States.Timeout'),
    rule('States.TaskFailed'),
    { ErrorEquals: ['States.ALL'], Next: 'B' },
  ];
  const service = await start(
    {
      A: invoking('{% $states.input %}', { End: true, Catch }),
      B: { Type: 'Succeed', Output: ['{% $states.input %}', '{% $exists($caught) ? $caught : "-" %}'] },
    },
    (name) => {
      throw errorNamed(String(name));
    },
  );
  const caught = async (name: string) => (await service.runToEnd(name)).value;
  expect(await caught('Other')).toEqual(['Other', 'Other']);
  expect(await caught('States.HeartbeatTimeout')).toEqual(['States.Timeout', 'States.HeartbeatTimeout']);
  expect(await caught('Unknown')).toEqual(['States.TaskFailed', 'Unknown']);
  expect(await service.runToEnd('States.Runtime')).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
});

test('a caught error is the output unless the catcher has one; a failed evaluation can be caught', async () => {
  const states = (rest: object) => ({
    A: invoking({}, { End: true, Catch: [{ ErrorEquals: ['States.QueryEvaluationError'], Next: 'B' }], ...rest }),
    B: { Type: 'Succeed' },
  });
  const service = await start(states({ Output: '{% $states.result.missing %}' }));
  const ended = await service.runToEnd();
  expect(ended.value).toEqual({ Error: 'States.QueryEvaluationError', Cause: expect.stringContaining("'Output'") });
  expect(await service.types(String(ended.executionArn))).toEqual([
    'ExecutionStarted',
    'TaskStateEntered',
    'TaskScheduled',
    'TaskStarted',
    'TaskSucceeded',
    'EvaluationFailed',
    'TaskStateExited',
    'SucceedStateEntered',
    'SucceedStateExited',
    'ExecutionSucceeded',
  ]);
});

test('an endless loop fails when the history is full', async () => {
  const service = await start({ A: { Type: 'Pass', Next: 'B' }, B: { Type: 'Pass', Next: 'A' } });
  expect(await service.runToEnd()).toMatchObject({
    status: 'FAILED',
    error: 'States.Runtime',
    cause: expect.stringContaining('25000'),
  });
});
