/** The OpenAPI 3.1 description, made from the rows by which routes parse and reply: it cannot differ from them. */
import * as z from 'zod';
import { SHAPES } from '#domain/replies';
import { nothingSchema } from '#domain/requests';
import { ROUTES } from '#functions/catalog/routes';
import type { RouteRow } from '#functions/catalog/rows';
import { EXAMPLES } from './examples.ts';
import { leavePattern } from './job-schema.ts';
import { responsesOf } from './responses.ts';
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
    summary: summaryOf(name),
    tags: [path.split('/')[1]?.replace(/\..*/, '')],
    ...access,
    parameters: [...pathParameters(path), ...queryParameters(row), ...headerParameters(row)],
    ...requestBody(name, row),
    responses: responsesOf(route),
  };
}

/** `Submit job` for `submit-job`. */
function summaryOf(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1).replaceAll('-', ' ');
}

/** A body without required fields may be left out. */
function requestBody(name: string, { body }: RouteRow) {
  if (body === nothingSchema) return {};
  const required = !body.safeParse({}).success;
  const example = Object.entries(EXAMPLES).find(([route]) => route === name)?.[1];
  return { requestBody: { required, content: { 'application/json': { schema: jsonSchema(body), example } } } };
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
    // Several values have commas between them.
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
