import { describe, expect, test } from '@jest/globals';
import { loadDefinition } from '#local/aws/stepfunctions/definition/load-definition';
import { awaiting, definitionOf, invoking, LAMBDA } from '#test/support/local/stepfunctions-trial';

const end = { Type: 'Pass', End: true };
const inMap = (ItemProcessor: object) => ({ A: { Type: 'Map', ItemProcessor, End: true } });

describe('a definition that the interpreter cannot run is refused, and the message names the place', () => {
  const refused: [string, Record<string, object>, RegExp][] = [
    ['a state type', { A: { Type: 'Parallel', End: true } }, /States\.A\.Type/],
    ['a Wait', { A: { Type: 'Wait', Seconds: 1, End: true } }, /States\.A\.Type/],
    ['a field', { A: { ...end, Colour: 'red' } }, /"Colour"[^✖]*States\.A/],
    ['a JSONPath field', { A: { ...end, ResultPath: '$.x' } }, /"ResultPath"[^✖]*States\.A/],
    ['a resource', { A: { ...invoking({}), Resource: 'arn:aws:states:::sqs:sendMessage' } }, /States\.A\.Resource/],
    [
      'an argument',
      { A: { Type: 'Task', Resource: LAMBDA, Arguments: { FunctionName: 'f', Qualifier: '1' }, End: true } },
      /States\.A\.Arguments/,
    ],
    ['no arguments', { A: { Type: 'Task', Resource: LAMBDA, End: true } }, /States\.A\.Arguments/],
    ['a value that is no expression', { A: awaiting({ TimeoutSeconds: 'soon' }) }, /States\.A\.TimeoutSeconds/],
    [
      'a field of a retrier',
      { A: invoking({}, { End: true, Retry: [{ ErrorEquals: ['X'], Attempts: 1 }] }) },
      /"Attempts"[^✖]*States\.A\.Retry\[0\]/,
    ],
    [
      'a field of a catcher',
      { A: invoking({}, { End: true, Catch: [{ ErrorEquals: ['X'], Next: 'A', ResultPath: '$' }] }) },
      /"ResultPath"[^✖]*States\.A\.Catch\[0\]/,
    ],
    [
      'a distributed map',
      inMap({ ProcessorConfig: { Mode: 'DISTRIBUTED' }, StartAt: 'I', States: { I: end } }),
      /States\.A\.ItemProcessor\.ProcessorConfig\.Mode/,
    ],
    [
      'a field inside a map',
      inMap({ StartAt: 'I', States: { I: { ...end, Colour: 1 } } }),
      /"Colour"[^✖]*States\.A\.ItemProcessor\.States\.I/,
    ],
  ];

  test.each(refused)('%s', (_, states, message) => {
    expect(() => loadDefinition('trial', JSON.stringify(definitionOf(states)))).toThrow(message);
  });

  test.each([
    [{ StartAt: 'A', States: { A: end } }, /QueryLanguage/],
    [{ ...definitionOf({ A: end }), QueryLanguage: 'JSONPath' }, /QueryLanguage/],
    [{ ...definitionOf({ A: end }), TimeoutSeconds: 60 }, /"TimeoutSeconds"/],
  ])('%j', (definition, message) => {
    expect(() => loadDefinition('trial', JSON.stringify(definition))).toThrow(message);
  });
});
