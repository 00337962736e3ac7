/** What a request's sender reads when a field is missing or wrong. */
import { expect, test } from '@jest/globals';
import { checkRequest } from '#domain/problems';
import {
  cancelJobSchema,
  listJobsQuerySchema,
  setFeatureSchema,
  setPrioritySchema,
  submitJobSchema,
} from '#domain/requests';

const job = { name: 'a', tasks: [{ handler: 'echo' }] };

test.each([
  ['a missing list', submitJobSchema, { name: 'a' }, 'body.tasks: is missing'],
  ['a missing choice', setPrioritySchema, {}, 'body.priority: is missing'],
  ['a missing field of an item', submitJobSchema, { ...job, tasks: [{}] }, 'body.tasks.0.handler: is missing'],
  ['a body that is no object', submitJobSchema, [], 'body: must be an object'],
  ['text for a list', submitJobSchema, { ...job, tasks: 'a' }, 'body.tasks: must be an array'],
  ['text for a boolean', setFeatureSchema, { enabled: 'yes' }, 'body.enabled: must be a boolean'],
  ['a number for text', cancelJobSchema, { reason: 1 }, 'body.reason: must be a string'],
  ['a fraction', submitJobSchema, taskWith({ maxRetries: 0.5 }), 'body.tasks.0.maxRetries: must be a whole number'],
  ['too many', submitJobSchema, taskWith({ maxRetries: 21 }), 'body.tasks.0.maxRetries: must be at most 20'],
  ['too few', submitJobSchema, taskWith({ maxRetries: -1 }), 'body.tasks.0.maxRetries: must be at least 0'],
  ['an empty list', submitJobSchema, { ...job, tasks: [] }, 'body.tasks: must have at least 1 item'],
  ['empty text', cancelJobSchema, { reason: ' ' }, 'body.reason: must have at least 1 character'],
  ['long text', cancelJobSchema, { reason: 'a'.repeat(501) }, 'body.reason: must have at most 500 characters'],
  ['an unknown choice', submitJobSchema, taskWith({ dependencyCondition: 'x' }), 'must be one of All, Any'],
  ['an unknown field', cancelJobSchema, { why: 'x' }, 'body: "why" is not a field of this request'],
  [
    'a mistyped field',
    submitJobSchema,
    { ...job, priorty: 'Low' },
    '"priorty" is not a field of this request; did you mean "priority"?',
  ],
  ['a mistyped choice', setPrioritySchema, { priority: 'low' }, 'ReservedCapacity; did you mean "Low"?'],
  ['two unknown fields', cancelJobSchema, { a: 1, b: 2 }, 'body: "a", "b" are not fields of this request'],
  ['no time', submitJobSchema, { ...job, startAt: 'now' }, 'body.startAt: must be a time such as 2026-01-31T12:00:00Z'],
  [
    'a wrong label',
    submitJobSchema,
    { ...job, batchGroup: 'a b' },
    'use letters, digits, ".", "_" and "-" only, and more than "." or ".."',
  ],
  ['a wrong limit', listJobsQuerySchema, { limit: 'x' }, 'use a whole number from 1 to 1000'],
  ['two problems', submitJobSchema, {}, 'body.name: is missing (and 1 more)'],
])('The summary for %s names the field and what it must be', (_case, schema, input, summary) => {
  expect(checkRequest<unknown>(schema, input, 'body')).toMatchObject({ detail: expect.stringContaining(summary) });
});

test('The example of a time is a time', () => {
  const startAt = '2026-01-31T12:00:00Z';
  expect(checkRequest(submitJobSchema, { ...job, startAt }, 'body').problems).toBeUndefined();
});

test('Each problem has its place', () => {
  expect(checkRequest(submitJobSchema, { tasks: [{ handler: 1 }] }, 'body')).toMatchObject({
    problems: [
      { at: 'body.name', problem: 'is missing' },
      { at: 'body.tasks.0.handler', problem: 'must be a string' },
    ],
  });
});

function taskWith(fields: Readonly<Record<string, unknown>>) {
  return { ...job, tasks: [{ handler: 'echo', ...fields }] };
}
