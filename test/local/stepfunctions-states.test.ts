import { afterEach, describe, expect, test } from '@jest/globals';
import { invoking, type Lambda, Trial } from '#test/support/local/stepfunctions-trial';

let trial: Trial | undefined;
afterEach(async () => {
  await trial?.close();
  trial = undefined;
});

async function start(states: Record<string, object>, lambda?: Lambda): Promise<Trial> {
  trial = await Trial.start({ states, ...(lambda ? { lambda } : {}) });
  return trial;
}

describe('data', () => {
  test('a Lambda gets its payload, and its result has the shape of AWS', async () => {
    const service = await start({ A: invoking('{% $states.input.a %}') }, (payload, name) => ({ payload, name }));
    const { status, value } = await service.runToEnd({ a: [1] });
    expect(status).toBe('SUCCEEDED');
    expect(value).toEqual({ ExecutedVersion: '$LATEST', Payload: { payload: [1], name: 'step' }, StatusCode: 200 });
  });

  test('Output shapes the output, and later states can read what Assign sets', async () => {
    const service = await start(
      {
        A: { Type: 'Pass', Assign: { x: 1, kept: '{% $states.input.k %}' }, Next: 'B' },
        B: invoking(
          {},
          {
            Next: 'C',
            Assign: { x: '{% $x + $states.result.Payload.n %}' },
            Output: { x: '{% $x %}', r: '{% $states.result.Payload %}' },
          },
        ),
        C: { Type: 'Succeed', Output: ['{% $x %}', '{% $states.input %}', 'text', '{% $kept %}'] },
      },
      () => ({ n: 41 }),
    );
    expect((await service.runToEnd({ k: [] })).value).toEqual([42, { x: 1, r: { n: 41 } }, 'text', []]);
  });

  test('the context has the execution, the state and the machine', async () => {
    const service = await start({ A: { Type: 'Pass', Output: '{% $states.context %}', End: true } });
    const arn = await service.run({ a: 1 }, 'one');
    const startTime = '2030-01-01T00:00:00.000Z';
    expect((await service.ended(arn)).value).toMatchObject({
      Execution: { Id: arn, Name: 'one', Input: { a: 1 }, StartTime: startTime },
      State: { Name: 'A', EnteredTime: startTime, RetryCount: 0 },
      StateMachine: { Id: service.arn, Name: 'trial' },
    });
  });

  test.each([
    ['nothing', '{% $states.input.missing %}', /returned nothing/],
    ['a function', '{% function($x) { $x } %}', /unsupported result type/],
    ['no finite number', '{% 1 / 0 %}', /unsupported result type/],
    ['a thrown error', '{% $error("stop here") %}', /stop here/],
  ])('an expression that results in %s fails with States.QueryEvaluationError', async (_, Output, cause) => {
    const service = await start({ A: { Type: 'Pass', Output, End: true } });
    const ended = await service.runToEnd();
    expect(ended).toMatchObject({
      status: 'FAILED',
      error: 'States.QueryEvaluationError',
      cause: expect.stringMatching(cause),
    });
    expect(ended.cause).toContain("the state 'A' (entered at the event id #2)");
    expect(await service.types(String(ended.executionArn))).toEqual([
      'ExecutionStarted',
      'PassStateEntered',
      'EvaluationFailed',
      'ExecutionFailed',
    ]);
  });

  test('an output beyond 256 KiB fails the state', async () => {
    const service = await start({ A: { Type: 'Pass', Output: "{% $pad('', 300000, 'x') %}", End: true } });
    expect(await service.runToEnd()).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
  });
});

describe('choices', () => {
  const states = {
    A: {
      Type: 'Choice',
      Choices: [
        { Condition: '{% $states.input.n > 10 %}', Next: 'Big', Output: 'big', Assign: { size: 2 } },
        { Condition: '{% $states.input.n > 5 %}', Next: 'Big' },
      ],
      Default: 'Small',
      Output: 'default',
      Assign: { size: 1 },
    },
    Big: { Type: 'Succeed', Output: { in: '{% $states.input %}', size: '{% $exists($size) ? $size : 0 %}' } },
    Small: { Type: 'Fail', Error: '{% "Small" & $size %}', Cause: '{% $states.input %}' },
  };

  test('the first rule that holds decides; the state’s own Output and Assign apply to its default', async () => {
    const service = await start(states);
    expect((await service.runToEnd({ n: 11 })).value).toEqual({ in: 'big', size: 2 });
    expect((await service.runToEnd({ n: 6 })).value).toEqual({ in: { n: 6 }, size: 0 });
    expect(await service.runToEnd({ n: 1 })).toMatchObject({ status: 'FAILED', error: 'Small1', cause: 'default' });
  });

  test('without a matching rule and a default it fails; a condition must be true or false', async () => {
    const only = {
      A: { Type: 'Choice', Choices: [{ Condition: '{% $states.input.c %}', Next: 'B' }] },
      B: { Type: 'Succeed' },
    };
    const service = await start(only);
    expect(await service.runToEnd({ c: false })).toMatchObject({ status: 'FAILED', error: 'States.NoChoiceMatched' });
    expect(await service.runToEnd({ c: 'true' })).toMatchObject({
      status: 'FAILED',
      error: 'States.QueryEvaluationError',
    });
  });
});

test('a Lambda that exceeds TimeoutSeconds fails with States.Timeout, and its late result is dropped', async () => {
  const late = Promise.withResolvers<string>();
  const service = await start({ A: invoking({}, { End: true, TimeoutSeconds: 3 }) }, () => late.promise);
  const arn = await service.run();
  await service.clock.armed(3_000);
  service.clock.turn(3_000);
  expect(await service.ended(arn)).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
  late.resolve('late');
  expect(await service.types(arn)).toEqual([
    'ExecutionStarted',
    'TaskStateEntered',
    'TaskScheduled',
    'TaskStarted',
    'TaskTimedOut',
    'ExecutionFailed',
  ]);
});
