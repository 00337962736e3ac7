/** The OpenAPI 3.1 description, made from the catalog and the schemas that check what is sent: it cannot differ from them. */
import { z } from 'zod';
import { ERROR_STATUS } from '#domain/errors';
import {
  abortJobSchema,
  addTasksSchema,
  cancelJobSchema,
  listAbortsQuerySchema,
  listEventsQuerySchema,
  listJobsQuerySchema,
  listTasksQuerySchema,
  requeueJobSchema,
  setFeatureSchema,
  setGroupSchema,
  setPrioritySchema,
  submitJobSchema,
  withdrawAbortSchema,
} from '#domain/requests';
import { CATALOG } from './catalog.ts';
import { VERSION } from './version.ts';

const BODIES: Readonly<Record<string, z.ZodType>> = {
  'submit-job': submitJobSchema,
  'add-tasks': addTasksSchema,
  'cancel-job': cancelJobSchema,
  'abort-job': abortJobSchema,
  'withdraw-abort': withdrawAbortSchema,
  'set-feature': setFeatureSchema,
  'requeue-job': requeueJobSchema,
  'set-priority': setPrioritySchema,
  'set-group': setGroupSchema,
};
const QUERIES: Readonly<Record<string, z.ZodObject>> = {
  'list-jobs': listJobsQuerySchema,
  'list-tasks': listTasksQuerySchema,
  'list-events': listEventsQuerySchema,
  'list-aborts': listAbortsQuerySchema,
};
/** What succeeds otherwise than with 200. */
const SUCCESS: Readonly<Record<string, string>> = {
  'submit-job': '201',
  'add-tasks': '201',
  'cancel-job': '202',
  'abort-job': '202',
  'withdraw-abort': '202',
};

const problemSchema = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.enum(Object.keys(ERROR_STATUS)),
});

/** The description of all routes. */
export function describeApi() {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const { name, calledBy } of CATALOG) {
    if (!('route' in calledBy) || calledBy.route === '$default') continue;
    const [method = '', path = ''] = calledBy.route.split(' ');
    paths[path] = { ...paths[path], [method.toLowerCase()]: describeRoute(name, path, calledBy.role) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Lastcall',
      version: VERSION,
      description: 'Runs batch jobs and stops them safely.',
      license: { name: 'Apache-2.0' },
    },
    paths,
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      schemas: { Problem: z.toJSONSchema(problemSchema) },
    },
  };
}

function describeRoute(name: string, path: string, role: string) {
  const body = BODIES[name];
  return {
    operationId: name,
    ...(role === 'public'
      ? { security: [] }
      : { description: `Needs the role ${role} or a higher one.`, security: [{ bearer: [] }] }),
    parameters: [...pathParameters(path), ...queryParameters(name), ...headerParameters(name)],
    ...(body
      ? {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: z.toJSONSchema(body, { io: 'input' }) } },
          },
        }
      : {}),
    responses: {
      [SUCCESS[name] ?? '200']: { description: 'Done.', content: { 'application/json': {} } },
      default: {
        description: 'Refused.',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  };
}

function pathParameters(path: string) {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
}

function queryParameters(name: string) {
  const schema = QUERIES[name];
  if (!schema) return [];
  const { properties = {} } = z.toJSONSchema(schema, { io: 'input' });
  return Object.entries(properties).map(([parameter, shape]) => ({
    name: parameter,
    in: 'query',
    required: false,
    schema: shape,
  }));
}

function headerParameters(name: string) {
  return name === 'submit-job'
    ? [{ name: 'Idempotency-Key', in: 'header', required: false, schema: { type: 'string' } }]
    : [];
}
