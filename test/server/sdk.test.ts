import { expect, test } from '@jest/globals';
import { defineCommand, defineHandler, z } from '#server/sdk';

test('the input of a handler has the type that its schema returns', () => {
  const handler = defineHandler({
    name: 'typed',
    input: z.strictObject({ count: z.number(), label: z.string().default('none') }),
    run: (input) => `${input.label.toUpperCase()} ${input.count.toFixed(1)}`,
  });
  expect(handler.name).toBe('typed');
  defineHandler({
    name: 'mistyped',
    input: z.strictObject({ count: z.number() }),
    // @ts-expect-error: the schema has no such field.
    run: (input) => input.amount,
  });
});

test('the input of a handler without a schema is unknown', () => {
  const handler = defineHandler({
    name: 'untyped',
    // @ts-expect-error: the input is unknown.
    run: (input) => input.count,
  });
  expect(handler.input).toBeUndefined();
});

test('a handler runs in a process unless its isolation is thread', () => {
  expect(defineHandler({ name: 'a', run: () => 1 }).isolation).toBe('process');
  expect(defineHandler({ name: 'a', isolation: 'thread', run: () => 1 }).isolation).toBe('thread');
});

test('a command has a name and a program', () => {
  expect(defineCommand({ name: 'a', command: ['true'] })).toEqual({ name: 'a', command: ['true'] });
});
