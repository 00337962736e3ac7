import { expect, test } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { z } from 'zod';
import { nothingSchema } from '#domain/requests';
import { CATALOG } from '#functions/catalog/catalog';
import { ROUTES } from '#functions/catalog/routes';
import type { RouteRow } from '#functions/catalog/rows';
import { EXAMPLES } from '#functions/examples';
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
  Event: ['at type', 'by jobId'],
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
const linksSchema = z.object({
  links: z
    .record(z.string(), z.object({ operationId: z.string(), parameters: z.record(z.string(), z.string()) }))
    .default({}),
});
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

test('Each body has an example, which its route takes', () => {
  for (const [name, row] of Object.entries<RouteRow>(ROUTES)) {
    if (row.route === '$default' || row.body === nothingSchema) continue;
    const example = Object.entries(EXAMPLES).find(([route]) => route === name)?.[1];
    expect([name, row.body.safeParse(example).success]).toEqual([name, true]);
    checkAccepted(name, example);
  }
});

test('Each link names an operation, and gives it parameters of its path', () => {
  const operations = new Map(routes.map(({ name, route }) => [name, route]));
  const links = Object.values(description.paths).flatMap((path) =>
    Object.values(path).flatMap(({ responses }) =>
      Object.values(responses).flatMap((response) => Object.values(linksSchema.parse(response).links)),
    ),
  );
  expect(links.length).toBeGreaterThan(20);
  for (const { operationId, parameters } of links)
    for (const name of Object.keys(parameters)) expect(operations.get(operationId)).toContain(`{${name}}`);
});

test('What asks to wait says how long', () => {
  const responses = Object.values(description.paths).flatMap((path) =>
    Object.values(path).flatMap((operation) => Object.entries(operation.responses)),
  );
  const waits = responses.filter(([status]) => status === '429' || status === '503');
  expect(waits.length).toBeGreaterThan(10);
  for (const [, response] of waits) expect(response).toHaveProperty(['headers', 'Retry-After']);
});

test('Any language can read the patterns', () => {
  const patterns: string[] = [];
  JSON.stringify(description, (name, value) => {
    if (name === 'pattern') patterns.push(String(value));
    return value;
  });
  expect(patterns.length).toBeGreaterThan(5);
  // Look-around, named groups, back references and classes of Unicode are what some engines lack.
  expect(patterns.filter((pattern) => /\(\?[=!<]|\\[pPuk1-9]/.test(pattern))).toEqual([]);
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
