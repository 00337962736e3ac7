/** The OpenAPI 3.1 description, made from the rows by which routes parse and reply: it cannot differ from them. */
import { z } from 'zod';
import { ERROR_STATUS, type ErrorCode } from '#domain/errors';
import { SHAPES, type Shape } from '#domain/replies';
import { nothingSchema } from '#domain/requests';
import { ROUTES } from '#functions/catalog/routes';
import type { RouteRow } from '#functions/catalog/rows';
import { leavePattern } from './job-schema.ts';
import { VERSION } from './version.ts';

/** The description of all routes. */
export function describeApi() {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [name, row] of Object.entries<RouteRow>(ROUTES)) {
    if (row.route === '$default') continue;
    const [method = '', path = ''] = row.route.split(' ');
    const operation = describeRoute({ name, path, row });
    paths[path] = { ...paths[path], [method.toLowerCase()]: operation };
  }
  const schemas = Object.entries(SHAPES).map(([name, shape]) => [name, jsonSchema(shape)]);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Lastcall',
      version: VERSION,
      description: 'Runs batch jobs and stops them safely.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths,
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      schemas: Object.fromEntries(schemas),
    },
  };
}

type Route = { readonly name: string; readonly path: string; readonly row: RouteRow };

function describeRoute(route: Route) {
  const { name, path, row } = route;
  const access =
    row.role === 'public'
      ? { security: [] }
      : { description: `Needs the role ${row.role} or a higher one.`, security: [{ bearer: [] }] };
  return {
    operationId: name,
    ...access,
    parameters: [...pathParameters(path), ...queryParameters(row), ...headerParameters(row)],
    ...requestBody(row),
    responses: { ...success(row), ...refusals(route) },
  };
}

/** A body without required fields may be left out. */
function requestBody({ body }: RouteRow) {
  if (body === nothingSchema) return {};
  const required = !body.safeParse({}).success;
  return { requestBody: { required, content: { 'application/json': { schema: jsonSchema(body) } } } };
}

function success({ status, statusWhileWriting, answers, answersDryRun, headers: taken }: RouteRow) {
  const content = jsonOf(answerSchema(answers));
  const description = 'The value true says that the request is a repeat, and nothing more was done.';
  const headers = taken && { headers: { 'Idempotency-Replayed': { description, schema: { type: 'string' } } } };
  return {
    [status]: { description: 'Done.', content, ...headers },
    ...(answersDryRun && {
      200: { description: 'A dry run: nothing was kept.', content: jsonOf(refTo(answersDryRun)) },
    }),
    ...(statusWhileWriting && {
      [statusWhileWriting]: { description: 'Accepted: tasks are being written.', content, ...headers },
    }),
  };
}

function jsonOf(schema: object) {
  return { 'application/json': { schema } };
}

function answerSchema(answers: RouteRow['answers']) {
  if (answers === undefined) return { type: 'object' };
  if (typeof answers === 'string') return refTo(answers);
  const properties = {
    items: { type: 'array', items: refTo(answers.listOf) },
    cursor: { type: 'string', description: 'Where the next page starts. Absent on the last one.' },
    looked: {
      type: 'integer',
      description: 'The search was cut off when it had looked at this many. It goes on at the cursor.',
    },
  };
  return { type: 'object', properties, required: ['items'] };
}

/** One response per HTTP status, with its codes; any other status is a fault. */
function refusals(route: Route) {
  const byStatus = Map.groupBy(codesOf(route), (code) => ERROR_STATUS[code]);
  const described = [...byStatus].map(([status, codes]) => [status, problem(`Refused: ${codes.join(', ')}.`)]);
  return { ...Object.fromEntries(described), default: problem('A fault: Internal.') };
}

function codesOf({ path, row }: Route): ErrorCode[] {
  return [
    'InvalidRequest',
    ...(row.role === 'public' ? [] : (['Unauthorized', 'Forbidden'] as const)),
    ...(path.includes('{') ? (['NotFound'] as const) : []),
    'TooLarge',
    ...(row.role === 'public' ? [] : (['Unavailable', 'StorageFull'] as const)),
    ...(row.refuses ?? []),
  ];
}

function problem(description: string) {
  return { description, content: { 'application/problem+json': { schema: refTo('Problem') } } };
}

function pathParameters(path: string) {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
}

/** A query is text: the description says as what it is read. */
function queryParameters({ query }: RouteRow) {
  const { properties = {} } = jsonSchema(query, 'output');
  return Object.entries(properties).map(([name, schema]) => {
    const isList = typeof schema === 'object' && schema.type === 'array';
    // Several values are divided by commas.
    return { name, in: 'query', required: false, schema, ...(isList && { style: 'form', explode: false }) };
  });
}

function headerParameters({ headers = {} }: RouteRow) {
  return Object.entries(headers).map(([name, schema]) => ({
    name,
    in: 'header',
    required: false,
    schema: jsonSchema(schema),
  }));
}

function refTo(shape: Shape) {
  return { $ref: `#/components/schemas/${shape}` };
}

/** Shapes of replies stay open, because fields may be added. A time is known by its name. */
function jsonSchema(schema: z.ZodType, io: 'input' | 'output' = 'input') {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, {
    io,
    override: ({ jsonSchema }) => {
      const { properties = {} } = jsonSchema;
      leavePattern(jsonSchema);
      for (const [name, property] of Object.entries(properties)) {
        const isTime = typeof property === 'object' && property.type === 'string' && TIME_NAME.test(name);
        if (isTime) property.format = 'date-time';
      }
    },
  });
  return rest;
}

const TIME_NAME = /^(at|deadline)$|(At|Deadline)$/;
