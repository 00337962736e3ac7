import { expect, test } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { z } from 'zod';
import { CATALOG } from '#functions/catalog/catalog';
import { ROUTES } from '#functions/catalog/routes';
import { describeApi } from '#functions/openapi';
import { checkAccepted, checkReply, description } from '#test/support/functions/description';

const routes = CATALOG.flatMap(({ name, calledBy }) =>
  'route' in calledBy && calledBy.route !== '$default' ? [{ name, ...calledBy }] : [],
);
/** From the contract: fields that are always there, and those that may be. */
const CONTRACT: Readonly<Record<string, readonly [always: string, sometimes: string]>> = {
  Job: [
    'jobId name status batchGroup priority system createdBy createdAt taskCounts',
    'startedAt endedAt cancel abortId',
  ],
  Task: ['taskId jobId name handler input status batchGroup attempts', 'serverId result'],
  JobEvent: ['at type', 'by'],
  Event: ['at type jobId', 'by'],
  Plan: ['planId jobId mode drainSeconds tasks servers disruptedJobs', ''],
  Abort: [
    'abortId jobId mode status requestedBy reason requestedAt servers tasks timeline',
    'endedAt executionArn drainDeadline',
  ],
  Server: ['serverId status batchGroups slots running heartbeatAt startedAt', 'drain'],
  Feature: ['name enabled', 'changedBy changedAt'],
  Waiting: ['for doNext', 'since until of'],
  Problem: ['type title status detail code', 'plan'],
};
const shapes = z
  .object({
    components: z.object({
      schemas: z.record(
        z.string(),
        z.object({
          properties: z.record(z.string(), z.unknown()).optional(),
          required: z.array(z.string()).optional(),
        }),
      ),
    }),
  })
  .parse(description).components.schemas;
const words = (text: string) => text.split(' ').filter(Boolean);
const headers = { 'content-type': 'application/json' };

test('The description is valid OpenAPI 3.1', async () => {
  expect(await new Validator().validate(JSON.parse(JSON.stringify(describeApi())))).toEqual({ valid: true });
});

test('The description has schemas for each route of the catalog and for no other', () => {
  const described = Object.keys(ROUTES).filter((name) => name !== 'refuse-route');
  expect(described.sort()).toEqual(routes.map(({ name }) => name).sort());
});

test.each(routes)('$route is described with its role, its parameters and what it refuses', ({ name, route, role }) => {
  const [method = '', path = ''] = route.split(' ');
  const operation = description.paths[path]?.[method.toLowerCase()];
  expect(operation).toMatchObject({ operationId: name, security: role === 'public' ? [] : [{ bearer: [] }] });
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, parameter]) =>
    expect.objectContaining({ name: parameter, in: 'path', required: true }),
  );
  expect(operation?.parameters).toEqual(expect.arrayContaining(inPath));
  const refusals = [400, ...(role === 'public' ? [] : [401, 403]), ...(path.includes('{') ? [404] : []), 'default'];
  expect(Object.keys(operation?.responses ?? {})).toEqual(expect.arrayContaining(refusals.map(String)));
});

test.each(Object.entries(CONTRACT))(
  'The shape of %s has the fields that others rely on',
  (shape, [always, sometimes]) => {
    const { properties = {}, required = [] } = shapes[shape] ?? {};
    expect(required).toEqual(expect.arrayContaining(words(always)));
    expect(Object.keys(properties)).toEqual(expect.arrayContaining(words(sometimes)));
    for (const field of words(sometimes)) expect(required).not.toContain(field);
  },
);

test('A query is described by name, type, limits and default', () => {
  expect(description.paths['/jobs']?.get?.parameters).toContainEqual({
    name: 'limit',
    in: 'query',
    required: false,
    schema: { type: 'integer', minimum: 1, maximum: 1000, default: 50 },
  });
});

test.each([
  ['a status', { status: 204, headers, body: {} }],
  ['a content type', { status: 200, headers: { 'content-type': 'text/plain' }, body: {} }],
  ['a field that is missing', { status: 200, headers, body: { name: 'EnhancedBatchAbort' } }],
  ['an unknown field', { status: 200, headers, body: { name: 'EnhancedBatchAbort', enabled: true, on: 1 } }],
  ['a time', { status: 200, headers, body: { name: 'EnhancedBatchAbort', enabled: true, changedAt: 'now' } }],
  ['a code', { status: 404, headers: { 'content-type': 'application/problem+json' }, body: { code: 'WrongStatus' } }],
])('The description finds %s of a reply', (_what, reply) => {
  expect(() => checkReply('set-feature', reply)).toThrow(/described|description/);
});

test('The description finds an unknown field of a body', () => {
  expect(() => checkAccepted('set-feature', { enabled: true, force: true })).toThrow(/not as described/);
});
