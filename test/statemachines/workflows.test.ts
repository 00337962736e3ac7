import { beforeAll, describe, expect, test } from '@jest/globals';
import aslValidator from 'asl-validator';
import { CATALOG } from '#functions/catalog/catalog';
import { type Definition, definitionSchema, type State } from '#local/aws/stepfunctions/definition/definition';
import { readWorkflows } from '#statemachines/definitions';
import { checkDefinition } from '#test/support/statemachines/check-definition';

const NAMES = ['abort-job', 'cancel-job', 'requeue-job', 'submit-job'];

let definitions: Map<string, Definition>;
beforeAll(() => {
  const workflows = readWorkflows({
    catalog: CATALOG,
    arnOf: (name) => `arn:aws:lambda:us-east-1:000000000000:function:${name}`,
    drainSeconds: 900,
    heartbeatSeconds: 10,
  });
  definitions = new Map(
    workflows.map(({ name, definition }) => [name, definitionSchema.parse(JSON.parse(definition))]),
  );
});

/** All states with their names, those inside a Map too. */
function statesOf(states: Readonly<Record<string, State>>): [string, State][] {
  return Object.entries(states).flatMap(([name, state]): [string, State][] => [
    [name, state],
    ...(state.Type === 'Map' ? statesOf(state.ItemProcessor.States) : []),
  ]);
}

function definitionOf(name: string): Definition {
  const found = definitions.get(name);
  if (!found) throw new Error(`There is no workflow ${name}.`);
  return found;
}

const allStates = () => NAMES.flatMap((name) => statesOf(definitionOf(name).States));

describe.each(NAMES)('the workflow %s', (name) => {
  test('is valid for Step Functions', () => {
    // A copy: asl-validator changes its argument.
    const { isValid, errorsText } = aslValidator(structuredClone(definitionOf(name)));
    expect(isValid ? '' : errorsText()).toBe('');
  });

  test('passes the static checks', () => {
    expect(() => checkDefinition(JSON.stringify(definitionOf(name)))).not.toThrow();
  });

  test('has a comment in every state, retrier and catcher', () => {
    expect(definitionOf(name).Comment).toMatch(/\w/);
    for (const [state, { Comment, ...rest }] of statesOf(definitionOf(name).States)) {
      expect([state, Comment]).toEqual([state, expect.stringMatching(/\w.*[.?]$/)]);
      const rules = [...('Retry' in rest ? (rest.Retry ?? []) : []), ...('Catch' in rest ? (rest.Catch ?? []) : [])];
      for (const rule of rules) expect([state, rule.Comment]).toEqual([state, expect.stringMatching(/\w.*[.?]$/)]);
    }
  });
});

test('each Task has the name of a step in the catalog and calls its function', () => {
  const called = allStates().flatMap(([name, state]) =>
    state.Type === 'Task' && typeof state.Arguments === 'object' ? [[name, state.Arguments.FunctionName]] : [],
  );
  const steps = CATALOG.flatMap(({ name, calledBy }) => ('step' in calledBy ? [[calledBy.step, name]] : []));
  const expected = steps.map(([step, name]) => [step, `arn:aws:lambda:us-east-1:000000000000:function:${name}`]);
  expect(called.sort()).toEqual(expected.sort());
});

test('every state that can fail is retried, and in an abort its errors are caught', () => {
  for (const [name, state] of allStates())
    if (state.Type === 'Task') expect([name, state.Retry]).not.toEqual([name, []]);
  for (const [name, state] of statesOf(definitionOf('abort-job').States)) {
    if (state.Type !== 'Task' && state.Type !== 'Map') continue;
    const last = state.Catch?.at(-1)?.ErrorEquals;
    expect([name, last]).toEqual([name, name === 'FailAbort' ? undefined : ['States.ALL']]);
  }
});

test('an abort never polls: it has no Choice, and only missed heartbeats lead back to a state', () => {
  const all = statesOf(definitionOf('abort-job').States);
  expect(all.filter(([, { Type }]) => Type === 'Choice')).toEqual([]);
  const next = new Map(all.map(([name, state]) => [name, targetsOf(state)]));
  const reaches = (from: string, seen: Set<string>): Set<string> => {
    for (const to of next.get(from) ?? []) if (!seen.has(to)) reaches(to, seen.add(to));
    return seen;
  };
  for (const [name] of all) expect([name, reaches(name, new Set()).has(name)]).toEqual([name, false]);
});

test('while a server drains, one state waits for its callback', () => {
  const drain = new Map(statesOf(definitionOf('abort-job').States)).get('DrainServer');
  expect(drain).toMatchObject({
    Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
    TimeoutSeconds: expect.stringContaining('$min([900, '),
    HeartbeatSeconds: expect.stringContaining('$min([30, '),
  });
});

function targetsOf(state: State): string[] {
  const direct = 'Next' in state && state.Next !== undefined ? [state.Next] : [];
  const caught =
    'Catch' in state
      ? (state.Catch ?? []).filter(({ ErrorEquals }) => !ErrorEquals.includes('StillDraining')).map(({ Next }) => Next)
      : [];
  return [...direct, ...caught];
}
