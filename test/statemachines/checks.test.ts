import { describe, expect, test } from '@jest/globals';
import { loadDefinition } from '#local/aws/stepfunctions/definition/load-definition';
import { awaiting, CALLBACK, definitionOf, invoking, LAMBDA } from '#test/support/local/stepfunctions-trial';
import { checkDefinition } from '#test/support/statemachines/check-definition';

const end = { Type: 'Pass', End: true };
const load = (definition: object) => checkDefinition(JSON.stringify(definition));
const loadStates = (states: Record<string, object>) => load(definitionOf(states));

test('a definition with every supported field has no problem', () => {
  const inner = { Inner: { ...end, Output: '{% $states.context.Map.Item.Index + $outer %}' } };
  const states = {
    Set: {
      Type: 'Pass',
      Comment: 'sets',
      Assign: { outer: 1, ünïcode_2: '{% $states.input.a[$ = 1] %}' },
      Next: 'Ask',
    },
    Ask: awaiting({
      Comment: 'asks',
      End: undefined,
      Next: 'Each',
      TimeoutSeconds: '{% $states.input.seconds %}',
      HeartbeatSeconds: 6,
      Retry: [
        {
          ErrorEquals: ['Busy'],
          IntervalSeconds: 2,
          MaxAttempts: 0,
          BackoffRate: 1.5,
          MaxDelaySeconds: 60,
          JitterStrategy: 'FULL',
          Comment: 'r',
        },
      ],
      Catch: [
        {
          ErrorEquals: ['States.ALL'],
          Next: 'Stop',
          Output: '{% $states.errorOutput.Error %}',
          Assign: { e: 1 },
          Comment: 'c',
        },
      ],
      Output: '{% $states.result ~> $merge %}',
    }),
    Each: {
      Type: 'Map',
      Items: '{% $map([1..3], function($v, $i) { $v + $outer + $i }) %}',
      ItemSelector: { value: '{% ($x := $states.context.Map.Item.Value; $x) %}' },
      ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' }, ...definitionOf(inner), QueryLanguage: undefined },
      Next: 'Choose',
    },
    Choose: {
      Type: 'Choice',
      Choices: [{ Condition: '{% $states.input = 1 %}', Next: 'Done', Output: 1, Assign: { e: 2 }, Comment: 'one' }],
      Default: 'Stop',
    },
    Done: { Type: 'Succeed', Output: null },
    Stop: { Type: 'Fail', Error: 'Stopped', Cause: '{% $states.context.State.Name %}' },
  };
  expect(() => load({ ...definitionOf(states), Comment: 'all of it' })).not.toThrow();
});

describe('a problem names its state and its field', () => {
  const catching = (rule: object) => ({
    A: invoking({}, { End: true, Catch: [{ ErrorEquals: ['X'], Next: 'B', ...rule }] }),
    B: end,
  });
  const refused: [string, Record<string, object>, RegExp][] = [
    ['an unknown state type', { A: { Type: 'Parallel', End: true } }, /State "A", field "Type"/],
    ['an unknown field', { A: { ...end, Colour: 'red' } }, /State "A", field "Colour": this field is not supported/],
    ['a JSONPath field', { A: { ...end, ResultPath: '$.x' } }, /State "A", field "ResultPath"/],
    ['Result of JSONPath', { A: { ...end, Result: 1 } }, /State "A", field "Result"/],
    ['a JSONPath key', { A: invoking({ 'x.$': '$.x' }) }, /State "A", field "Arguments": "x\.\$" is JSONPath/],
    [
      'an unknown resource',
      { A: { ...invoking({}), Resource: 'arn:aws:states:::sqs:sendMessage' } },
      /State "A", field "Resource"/,
    ],
    [
      'an unknown argument',
      { A: { Type: 'Task', Resource: LAMBDA, Arguments: { FunctionName: 'f', Qualifier: '1' }, End: true } },
      /State "A", field "Arguments.Qualifier"/,
    ],
    ['missing arguments', { A: { Type: 'Task', Resource: LAMBDA, End: true } }, /State "A", field "Arguments"/],
    ['a missing target', { A: { Type: 'Pass', Next: 'B' } }, /State "A", field "Next": there is no state "B"/],
    [
      'a missing target of a choice',
      { A: { Type: 'Choice', Choices: [{ Condition: true, Next: 'B' }] } },
      /State "A", field "Choices.0.Next"/,
    ],
    [
      'a missing target of a catcher',
      { A: invoking({}, { End: true, Catch: [{ ErrorEquals: ['X'], Next: 'C' }] }) },
      /field "Catch.0.Next"/,
    ],
    ['an unreachable state', { A: end, B: end }, /State "B": no state leads here/],
    ['a state without a way on', { A: { Type: 'Pass' } }, /State "A", field "Next"/],
    ['Next and End together', { A: { ...end, Next: 'A' } }, /State "A", field "Next"/],
    ['wrong JSONata', { A: { ...end, Output: '{% 1 + %}' } }, /State "A", field "Output": .* is not JSONata/],
    ['half an expression', { A: { ...end, Output: '{% 1 % }' } }, /State "A", field "Output"/],
    ['a value that is no expression', { A: awaiting({ TimeoutSeconds: 'soon' }) }, /State "A", field "TimeoutSeconds"/],
    ['a Wait', { A: { Type: 'Wait', Seconds: 1, End: true } }, /State "A", field "Type"/],
    [
      'a limit of a map',
      { A: { Type: 'Map', ItemProcessor: { StartAt: 'I', States: { I: end } }, MaxConcurrency: 2, End: true } },
      /State "A", field "MaxConcurrency": this field is not supported/,
    ],
    ['an unassigned variable', { A: { ...end, Output: '{% $nowhere %}' } }, /State "A", field "Output": "\$nowhere"/],
    ['an unknown function', { A: { ...end, Output: '{% $eval("1") %}' } }, /"\$eval"/],
    ['a part that $states does not have here', { A: { ...end, Output: '{% $states.result %}' } }, /"\$states\.result"/],
    [
      'an error output outside of a catcher',
      { A: invoking({}, { End: true, Output: '{% $states.errorOutput %}' }) },
      /"\$states\.errorOutput"/,
    ],
    ['a misspelt part of $states', catching({ Output: '{% $states.erroroutput %}' }), /"\$states\.erroroutput"/],
    ['the variable "states"', { A: { ...end, Assign: { states: 1 } } }, /State "A", field "Assign"/],
    [
      'heartbeats without a token',
      { A: invoking({}, { End: true, HeartbeatSeconds: 1 }) },
      /State "A", field "HeartbeatSeconds"/,
    ],
    [
      'a heartbeat longer than the time-out',
      { A: awaiting({ HeartbeatSeconds: 5, TimeoutSeconds: 5 }) },
      /State "A", field "HeartbeatSeconds"/,
    ],
    [
      'an unknown reserved error',
      catching({ ErrorEquals: ['States.Timout'] }),
      /State "A", field "Catch.0.ErrorEquals".*States.Timout/,
    ],
    [
      'States.ALL among others',
      catching({ ErrorEquals: ['States.ALL', 'X'] }),
      /State "A", field "Catch.0.ErrorEquals"/,
    ],
    [
      'an unknown field of a retrier',
      { A: invoking({}, { End: true, Retry: [{ ErrorEquals: ['X'], Attempts: 1 }] }) },
      /State "A", field "Retry.0.Attempts"/,
    ],
    [
      'a ceiling below the interval',
      { A: invoking({}, { End: true, Retry: [{ ErrorEquals: ['X'], MaxDelaySeconds: 1 }] }) },
      /Retry.0.MaxDelaySeconds/,
    ],
    [
      'a distributed map',
      {
        A: {
          Type: 'Map',
          ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED' }, StartAt: 'I', States: { I: end } },
          End: true,
        },
      },
      /State "A", field "ItemProcessor.ProcessorConfig.Mode"/,
    ],
  ];
  test.each(refused)('%s', (_, states, message) => {
    expect(() => loadStates(states)).toThrow(message);
  });

  const mapping = (inner: Record<string, object>) => ({
    A: { Type: 'Map', ItemProcessor: { StartAt: Object.keys(inner)[0], States: inner }, Next: 'B' },
    B: { Type: 'Pass', Assign: { outer: 1 }, End: true },
  });
  test('in a Map: an unknown field, a way out of it, a name used twice, an outer variable', () => {
    expect(() => loadStates(mapping({ I: { ...end, Colour: 1 } }))).toThrow(/State "I", field "Colour"/);
    expect(() => loadStates(mapping({ I: { Type: 'Pass', Next: 'B' } }))).toThrow(
      /State "I", field "Next": there is no state "B"/,
    );
    expect(() => loadStates(mapping({ B: end }))).toThrow(/State "B": another state has this name/);
    expect(() => loadStates(mapping({ I: { ...end, Assign: { outer: 2 } } }))).toThrow(
      /State "I", field "Assign": "outer"/,
    );
  });

  test.each(['uuid()', 'hash("a")', 'range(1, 5, 2)', 'partition([1, 2], 1)', 'parse("1")'])(
    'the function $%s',
    (call) => {
      const name = call.slice(0, call.indexOf('('));
      const message = new RegExp(`"\\$${name}" .* is neither a function of this host`);
      expect(() => loadStates({ A: { ...end, Output: `{% $${call} %}` } })).toThrow(message);
    },
  );

  test('a definition in JSONPath, with an unknown field at its top, without its start, or no JSON', () => {
    expect(() => load({ StartAt: 'A', States: { A: end } })).toThrow(/Top level, field "QueryLanguage"/);
    expect(() => load({ ...definitionOf({ A: end }), TimeoutSeconds: 60 })).toThrow(
      /Top level, field "TimeoutSeconds"/,
    );
    expect(() => load({ ...definitionOf({ A: end }), Version: '1.0' })).toThrow(/Top level, field "Version"/);
    expect(() => load({ ...definitionOf({ A: end }), StartAt: 'B' })).toThrow(/"StartAt": there is no state "B"/);
    expect(() => loadDefinition('trial', '{')).toThrow(/"trial" is refused: It is not JSON/);
  });

  test('the callback resource is the only one with a token', () => {
    expect(() => loadStates({ A: { ...awaiting(), Resource: `${CALLBACK}.sync` } })).toThrow(
      /State "A", field "Resource"/,
    );
  });
});
