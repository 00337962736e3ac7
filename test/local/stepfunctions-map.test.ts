import { afterEach, expect, test } from '@jest/globals';
import {
  definitionOf,
  errorNamed,
  invoking,
  type Lambda,
  Trial,
  within,
} from '#test/support/local/stepfunctions-trial';

let trial: Trial | undefined;
afterEach(async () => {
  await trial?.close();
  trial = undefined;
});

function mapping(inner: Record<string, object>, rest: object = {}): Record<string, object> {
  const { StartAt, States } = Object(definitionOf(inner));
  return {
    Each: { Type: 'Map', ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' }, StartAt, States }, End: true, ...rest },
  };
}

async function start(states: Record<string, object>, lambda?: Lambda): Promise<Trial> {
  trial = await Trial.start({ states, ...(lambda ? { lambda } : {}) });
  return trial;
}

/** A Lambda that returns on request. */
function held() {
  const calls: { payload: unknown; answer: (value: unknown) => void; fail: (error: Error) => void }[] = [];
  const waiting: (() => void)[] = [];
  const lambda: Lambda = (payload) =>
    new Promise((answer, fail) => {
      calls.push({ payload, answer, fail });
      for (const wake of waiting.splice(0)) wake();
    });
  const called = async (times: number) => {
    while (calls.length < times) await within(new Promise<void>((wake) => waiting.push(wake)), `${times} calls`);
    return calls.map(({ payload }) => payload);
  };
  return { calls, lambda, called };
}

test('outputs have the order of the items, whichever ends first, and at most 40 run at once', async () => {
  const { calls, lambda, called } = held();
  const inner = { Work: invoking('{% $states.input %}', { End: true, Output: '{% $states.result.Payload %}' }) };
  const service = await start(mapping(inner, { Items: '{% $states.input.items %}' }), lambda);
  const items = Array.from({ length: 42 }, (_, index) => String(index));
  const arn = await service.run({ items });
  expect(await called(40)).toEqual(items.slice(0, 40));
  calls[1]?.answer('one');
  expect(await called(41)).toEqual(items.slice(0, 41));
  calls[40]?.answer('forty');
  await called(42);
  for (const { payload, answer } of calls.toReversed()) answer(payload);
  expect((await service.ended(arn)).value).toEqual(items.with(1, 'one').with(40, 'forty'));
});

test('ItemSelector shapes the input; the context has the item; iterations read outer variables and keep their own', async () => {
  const inner = {
    Set: { Type: 'Pass', Assign: { own: '{% $states.input.index * $outer %}' }, Next: 'Get' },
    Get: {
      Type: 'Pass',
      Output: { in: '{% $states.input %}', own: '{% $own %}', item: '{% $states.context.Map.Item %}' },
      End: true,
    },
  };
  const ItemSelector = {
    index: '{% $states.context.Map.Item.Index %}',
    value: '{% $states.context.Map.Item.Value %}',
    all: '{% $count($states.input) %}',
  };
  const service = await start({
    First: { Type: 'Pass', Assign: { outer: 10 }, Next: 'Each' },
    ...mapping(inner, {
      ItemSelector,
      Assign: { total: '{% $sum($states.result.own) %}' },
      Next: 'Last',
      End: undefined,
    }),
    Last: { Type: 'Succeed', Output: { all: '{% $states.input %}', total: '{% $total %}' } },
  });
  const of = (Index: number, Value: string) => ({
    in: { index: Index, value: Value, all: 2 },
    own: Index * 10,
    item: { Index, Value },
  });
  expect((await service.runToEnd(['x', 'y'])).value).toEqual({ all: [of(0, 'x'), of(1, 'y')], total: 10 });
});

test('no items make an empty list; a value that is no list is refused', async () => {
  const service = await start(mapping({ I: { Type: 'Pass', End: true } }));
  expect((await service.runToEnd([])).value).toEqual([]);
  expect(await service.runToEnd({ a: 1 })).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError' });
});

test('a Map can contain a Map', async () => {
  const inner = mapping({ I: { Type: 'Pass', Output: '{% $states.input + 1 %}', End: true } });
  const { Each } = inner;
  const service = await start(mapping({ Inner: Each ?? {} }));
  expect((await service.runToEnd([[1, 2], [], [3]])).value).toEqual([[2, 3], [], [4]]);
});

test('the history of a Map has the events of AWS', async () => {
  const service = await start(mapping({ I: { Type: 'Pass', End: true } }));
  const arn = await service.run([1]);
  await service.ended(arn);
  const events = (await service.history(arn)).map(
    ({ id, previousEventId, type }) => `${id} ${previousEventId} ${type}`,
  );
  expect(events).toEqual([
    '1 0 ExecutionStarted',
    '2 0 MapStateEntered',
    '3 2 MapStateStarted',
    '4 3 MapIterationStarted',
    '5 4 PassStateEntered',
    '6 5 PassStateExited',
    '7 6 MapIterationSucceeded',
    '8 7 MapStateSucceeded',
    '9 7 MapStateExited',
    '10 9 ExecutionSucceeded',
  ]);
});

test('a failed iteration fails the Map and cancels the others, whose results are dropped', async () => {
  const { calls, lambda, called } = held();
  const inner = { Work: invoking('{% $states.input %}', { Next: 'After' }), After: { Type: 'Pass', End: true } };
  const Catch = [{ ErrorEquals: ['Broken'], Next: 'Caught' }];
  const service = await start(
    {
      ...mapping(inner, { Catch }),
      Caught: invoking('caught', { Output: '{% $states.input.Error %}', End: true }),
    },
    lambda,
  );
  const arn = await service.run(['a', 'b']);
  await called(2);
  calls[1]?.fail(errorNamed('Broken'));
  expect(await called(3)).toEqual(['a', 'b', 'caught']);
  calls[0]?.answer('late');
  await service.types(arn);
  calls[2]?.answer('done');
  expect((await service.ended(arn)).value).toBe('Broken');
  const events = await service.history(arn);
  const failed = events.find(({ type }) => type === 'TaskFailed')?.id;
  const tail = events
    .filter(({ id }) => Number(id) > Number(failed))
    .map(({ previousEventId, type }) => [previousEventId, type]);
  expect(tail.slice(0, 4)).toEqual([
    [failed, 'MapIterationFailed'],
    [failed, 'TaskStateAborted'],
    [failed, 'MapIterationAborted'],
    [failed, 'MapStateFailed'],
  ]);
  expect(tail.slice(4).map(([, type]) => type)).toEqual([
    'MapStateExited',
    ...['TaskStateEntered', 'TaskScheduled', 'TaskStarted', 'TaskSucceeded', 'TaskStateExited'],
    'ExecutionSucceeded',
  ]);
  expect(calls).toHaveLength(3);
});

test('a Map is retried as a whole', async () => {
  let failures = 1;
  const inner = { Work: invoking('{% $states.input %}', { End: true, Output: '{% $states.result.Payload %}' }) };
  const service = await start(
    mapping(inner, { Retry: [{ ErrorEquals: ['Flaky'], IntervalSeconds: 5 }] }),
    (payload) => {
      if (payload === 'b' && failures-- > 0) throw errorNamed('Flaky');
      return payload;
    },
  );
  const arn = await service.run(['a', 'b']);
  await service.clock.armed(5_000);
  service.clock.turn(5_000);
  expect((await service.ended(arn)).value).toEqual(['a', 'b']);
  const types = await service.types(arn);
  expect(types.filter((type) => type === 'MapStateStarted')).toHaveLength(2);
  expect(types).not.toContain('MapStateFailed');
});
