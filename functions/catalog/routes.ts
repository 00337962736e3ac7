/** What each route takes, answers and refuses, by the name of its function: the middleware and the description of the API both read it. */
import type { z } from 'zod';
import type { ErrorCode } from '#domain/errors';
import type { SHAPES, Shape } from '#domain/replies';
import {
  abortJobSchema,
  abortPathSchema,
  addTasksSchema,
  anythingSchema,
  cancelJobSchema,
  featurePathSchema,
  groupPathSchema,
  idempotencyKeySchema,
  jobPathSchema,
  listAbortsQuerySchema,
  listEventsQuerySchema,
  listJobsQuerySchema,
  listServersQuerySchema,
  listTasksQuerySchema,
  nothingSchema,
  requeueJobSchema,
  setFeatureSchema,
  setGroupSchema,
  setPrioritySchema,
  submitJobSchema,
  taskPathSchema,
  withdrawAbortSchema,
} from '#domain/requests';

export type RouteSchemas = {
  readonly path: z.ZodType;
  readonly query: z.ZodType;
  readonly body: z.ZodType;
  readonly headers?: Readonly<Record<string, z.ZodType>>;
  readonly status: 200 | 201 | 202;
  /** A shape, or a list of one; none: any object. */
  readonly answers?: Shape | { readonly listOf: Shape };
  /** Beside those that every route of its kind has. */
  readonly refuses?: readonly ErrorCode[];
};

/** What a route takes and answers where its row says nothing else. */
const plain = { path: nothingSchema, query: nothingSchema, body: nothingSchema, status: 200 } as const;
const ofJob = { ...plain, path: jobPathSchema } as const;
const ofAbort = { ...plain, path: abortPathSchema } as const;

export const ROUTES = {
  'get-health': { ...plain, answers: 'Health' },
  'get-openapi': plain,
  'refuse-route': { ...plain, path: anythingSchema, query: anythingSchema, body: anythingSchema },

  'submit-job': {
    ...plain,
    body: submitJobSchema,
    headers: { 'Idempotency-Key': idempotencyKeySchema },
    status: 201,
    answers: 'Job',
    refuses: ['IdempotencyKeyReused', 'Unavailable'],
  },
  'add-tasks': {
    ...ofJob,
    body: addTasksSchema,
    status: 201,
    answers: 'Job',
    refuses: ['WrongStatus', 'TooManyRequests'],
  },
  'list-jobs': { ...plain, query: listJobsQuerySchema, answers: { listOf: 'Job' } },
  'get-job': { ...ofJob, answers: 'Job' },
  'list-tasks': { ...ofJob, query: listTasksQuerySchema, answers: { listOf: 'Task' } },
  'get-task': { ...plain, path: taskPathSchema, answers: 'Task' },
  'list-events': { ...ofJob, query: listEventsQuerySchema, answers: { listOf: 'JobEvent' } },
  'cancel-job': {
    ...ofJob,
    body: cancelJobSchema,
    status: 202,
    answers: 'Job',
    refuses: ['WrongStatus', 'SystemJob', 'TooManyRequests'],
  },
  'hold-job': { ...ofJob, answers: 'Job', refuses: ['WrongStatus', 'TooManyRequests'] },
  'release-job': { ...ofJob, answers: 'Job', refuses: ['WrongStatus', 'TooManyRequests'] },
  'requeue-job': { ...ofJob, body: requeueJobSchema, answers: 'Job', refuses: ['WrongStatus'] },
  'set-priority': { ...ofJob, body: setPrioritySchema, answers: 'Job', refuses: ['WrongStatus', 'TooManyRequests'] },
  'list-groups': { ...plain, answers: { listOf: 'Group' } },
  'set-group': { ...plain, path: groupPathSchema, body: setGroupSchema, answers: 'Group' },

  'plan-abort': { ...ofJob, answers: 'Plan', refuses: ['WrongStatus', 'NothingToAbort'] },
  'abort-job': {
    ...ofJob,
    body: abortJobSchema,
    status: 202,
    answers: 'Abort',
    refuses: ['WrongStatus', 'NothingToAbort', 'PlanChanged', 'TooManyRequests'],
  },
  'list-aborts': { ...plain, query: listAbortsQuerySchema, answers: { listOf: 'Abort' } },
  'get-abort': { ...ofAbort, answers: 'Abort' },
  'withdraw-abort': {
    ...ofAbort,
    body: withdrawAbortSchema,
    status: 202,
    answers: 'Abort',
    refuses: ['WrongStatus'],
  },

  'list-servers': { ...plain, query: listServersQuerySchema, answers: { listOf: 'Server' } },
  'list-features': { ...plain, answers: { listOf: 'Feature' } },
  'set-feature': { ...plain, path: featurePathSchema, body: setFeatureSchema, answers: 'Feature' },
} as const satisfies Readonly<Record<string, RouteSchemas>>;

export type RouteName = keyof typeof ROUTES;

/** What was sent, as the route's schemas read it. */
export type Sent<Name extends RouteName> = {
  readonly [Part in 'path' | 'query' | 'body']: z.infer<(typeof ROUTES)[Name][Part]>;
};

/** What the route says that it answers. */
export type Answer<Name extends RouteName> = (typeof ROUTES)[Name] extends { readonly answers: infer Answers }
  ? Answers extends Shape
    ? Shaped<Answers>
    : Answers extends { readonly listOf: infer Item extends Shape }
      ? { readonly items: readonly Shaped<Item>[]; readonly cursor?: string }
      : never
  : object;
type Shaped<Name extends Shape> = z.infer<(typeof SHAPES)[Name]>;
