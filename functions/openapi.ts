/**
 * The OpenAPI 3.1 description, made from the catalog and from what the middleware checks, replies and has the handlers answer (`ROUTES`): it
 * cannot differ from them.
 */
import { z } from 'zod';
import { ERROR_STATUS, type ErrorCode } from '#domain/errors';
import { SHAPES, type Shape } from '#domain/replies';
import { nothingSchema } from '#domain/requests';
import { accessOf } from '#functions/catalog/catalog';
import { ROUTES, type RouteSchemas } from '#functions/catalog/routes';
import { VERSION } from './version.ts';

/** The description of all routes. */
export function describeApi() {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [name, schemas] of Object.entries<RouteSchemas>(ROUTES)) {
    const { route, role } = accessOf(name);
    if (route === '$default') continue;
    const [method = '', path = ''] = route.split(' ');
    const operation = describeRoute({ name, path, role, schemas });
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

type Route = {
  readonly name: string;
  readonly path: string;
  readonly role: string;
  readonly schemas: RouteSchemas;
};

function describeRoute(route: Route) {
  const { name, path, role, schemas } = route;
  const access =
    role === 'public'
      ? { security: [] }
      : { description: `Needs the role ${role} or a higher one.`, security: [{ bearer: [] }] };
  return {
    operationId: name,
    ...access,
    parameters: [...pathParameters(path), ...queryParameters(schemas), ...headerParameters(schemas)],
    ...requestBody(schemas),
    responses: { ...success(schemas), ...refusals(route) },
  };
}

/** A body of which nothing is required need not be sent. */
function requestBody({ body }: RouteSchemas) {
  if (body === nothingSchema) return {};
  const required = !body.safeParse({}).success;
  return { requestBody: { required, content: { 'application/json': { schema: jsonSchema(body) } } } };
}

function success({ status, answers }: RouteSchemas) {
  return { [status]: { description: 'Done.', content: { 'application/json': { schema: answerSchema(answers) } } } };
}

function answerSchema(answers: RouteSchemas['answers']) {
  if (answers === undefined) return { type: 'object' };
  if (typeof answers === 'string') return refTo(answers);
  const properties = { items: { type: 'array', items: refTo(answers.listOf) }, cursor: { type: 'string' } };
  return { type: 'object', properties, required: ['items'] };
}

/** By HTTP status, with the codes that tell them apart; anything else is a fault. */
function refusals(route: Route) {
  const byStatus = Map.groupBy(codesOf(route), (code) => ERROR_STATUS[code]);
  const described = [...byStatus].map(([status, codes]) => [status, problem(`Refused: ${codes.join(', ')}.`)]);
  return { ...Object.fromEntries(described), default: problem('A fault: Internal.') };
}

function codesOf({ path, role, schemas }: Route): ErrorCode[] {
  return [
    'InvalidRequest',
    ...(role === 'public' ? [] : (['Unauthorized', 'Forbidden'] as const)),
    ...(path.includes('{') ? (['NotFound'] as const) : []),
    'TooLarge',
    ...(schemas.refuses ?? []),
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

/** A query is text, of which the description tells what it is read as. */
function queryParameters({ query }: RouteSchemas) {
  const { properties = {} } = jsonSchema(query, 'output');
  return Object.entries(properties).map(([name, schema]) => ({ name, in: 'query', required: false, schema }));
}

function headerParameters({ headers = {} }: RouteSchemas) {
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

/** Shapes of replies stay open, as fields may be added; times are told by their names. */
function jsonSchema(schema: z.ZodType, io: 'input' | 'output' = 'input') {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, {
    io,
    override: ({ jsonSchema: { properties = {} } }) => {
      for (const [name, property] of Object.entries(properties)) {
        const isTime = typeof property === 'object' && property.type === 'string' && TIME_NAME.test(name);
        if (isTime) property.format = 'date-time';
      }
    },
  });
  return rest;
}

const TIME_NAME = /^(at|deadline)$|(At|Deadline)$/;
