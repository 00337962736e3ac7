/** What handlers throw, log and return, however odd it is: the words for it come from Lastcall, and nothing crashes. */
import { describe, expect, test } from '@jest/globals';
import { MAX_ERROR_CHARACTERS, MAX_STACK_CHARACTERS } from '#domain/limits';
import { callHandler } from '#server/execution/host/call-handler';
import { describeError } from '#server/execution/host/describe-error';
import { logLine } from '#server/execution/host/log-line';

const refuse = () => {
  throw new Error('not to be seen');
};
const traps = { get: refuse, getPrototypeOf: refuse, ownKeys: refuse, has: refuse };
const errorWith = (members: PropertyDescriptorMap) => Object.defineProperties(new Error('real'), members);
const circle = new Error('first');
circle.cause = new Error('second', { cause: circle });

describe('what is thrown has a name and a message', () => {
  test.each<[string, unknown, object]>([
    ['null', null, { name: 'Error', message: 'null' }],
    ['undefined', undefined, { name: 'Error', message: 'undefined' }],
    ['a proxy', new Proxy(new Error('real'), traps), { name: 'Error' }],
    ['an object that cannot be shown', { [Symbol.for('nodejs.util.inspect.custom')]: refuse }, { name: 'Error' }],
    ['an error without a message', errorWith({ message: { get: refuse } }), { name: 'Error' }],
    [
      'an error without a name',
      errorWith({ name: { value: { toString: refuse } } }),
      { name: 'Error', message: 'real' },
    ],
    ['an error with a symbol', errorWith({ name: { value: Symbol('odd') } }), { name: 'Symbol(odd)', message: 'real' }],
    ['an error without a cause', errorWith({ cause: { get: refuse } }), { name: 'Error', message: 'real' }],
    ['a circle', circle, { message: 'first', causes: [expect.objectContaining({ message: 'second' })] }],
  ])('%s', (_, thrown, described) => {
    expect(describeError(thrown)).toMatchObject(described);
  });

  test.each([
    ['an error', new Error('x'.repeat(3_000_000))],
    ['a text', 'x'.repeat(3_000_000)],
    ['a cause', new Error('no', { cause: new Error('x'.repeat(3_000_000)) })],
  ])('and is short enough to be reported: %s', (_, thrown) => {
    const { message, stack = '', causes = [] } = describeError(thrown);
    for (const text of [message, ...causes.map((cause) => cause.message)])
      expect(text.length).toBeLessThanOrEqual(MAX_ERROR_CHARACTERS);
    for (const text of [stack, ...causes.map((cause) => cause.stack ?? '')])
      expect(text.length).toBeLessThanOrEqual(MAX_STACK_CHARACTERS);
  });
});

describe('a line is logged without what cannot be kept', () => {
  test.each<[string, unknown, Record<string, unknown>]>([
    [
      'a field that cannot be read',
      {
        sum: 1,
        get odd() {
          return refuse();
        },
      },
      { sum: 1, notKept: ['odd cannot be read'] },
    ],
    ['a field whose toJSON throws', { odd: { toJSON: refuse } }, { notKept: ['odd cannot be read'] }],
    ['a field that is too long', { odd: 'x'.repeat(3_000_000) }, { notKept: ['odd has 3000002 characters of JSON'] }],
    ['a number that is none', { odd: Number.NaN }, { notKept: ['odd is NaN'] }],
    ['fields that cannot be listed', new Proxy({}, traps), {}],
    ['no fields', null, {}],
    ['a field that is not set', { odd: undefined }, {}],
  ])('%s', (_, fields, kept) => {
    expect(logLine('line', fields)).toEqual({ message: 'line', fields: kept });
  });

  test.each([
    ['too long', 'x'.repeat(3_000_000), 'x'.repeat(16_384)],
    ['a symbol', Symbol('odd'), 'Symbol(odd)'],
    ['not to be read', { toString: refuse }, 'A message that cannot be read.'],
  ])('a message that is %s', (_, message, shown) => {
    expect(logLine(message, {})).toEqual({ message: shown, fields: {} });
  });
});

describe('a result that JSON would change is refused with its place', () => {
  test.each<[string, unknown]>([
    ['result.at is an invalid date', { at: new Date(Number.NaN) }],
    ['result.found has the member index', { found: 'abc'.match(/b/) }],
    ['result[1] is undefined', [1, undefined]],
    ['result.rows is an instance of Map', { rows: new Map() }],
  ])('%s', async (fault, result) => {
    const outcome = await callHandler(
      odd(() => result),
      null,
      contextOf(),
    );
    expect(outcome).toMatchObject({ error: { name: 'ResultNotJson', message: expect.stringContaining(fault) } });
  });

  test('but not an object because of the names of its members', async () => {
    const json = '{"constructor":{"name":"Map"},"__proto__":{"a":1}}';
    expect(
      await callHandler(
        odd(() => JSON.parse(json)),
        null,
        contextOf(),
      ),
    ).toEqual({
      resultJson: json,
    });
  });
});

function contextOf() {
  return { signal: new AbortController().signal, jobId: 'j', taskId: 't', attempt: 1, log: () => undefined };
}

const odd = (run: () => unknown) => ({ name: 'odd', isolation: 'process' as const, run });
