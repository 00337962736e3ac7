/** What each route takes, answers and refuses, by the name of its function, for the description of the API. */
import type { z } from 'zod';
import type { ErrorCode } from '#domain/errors';
import {
  abortReply,
  eventReply,
  featureReply,
  groupReply,
  healthReply,
  jobReply,
  planReply,
  problemReply,
  serverReply,
  taskReply,
} from '#domain/replies';
import {
  abortJobSchema,
  addTasksSchema,
  cancelJobSchema,
  idempotencyKeySchema,
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

/** The named shapes. */
export const SHAPES = {
  Health: healthReply,
  Job: jobReply,
  Task: taskReply,
  JobEvent: eventReply,
  Plan: planReply,
  Abort: abortReply,
  Server: serverReply,
  Feature: featureReply,
  Group: groupReply,
  Problem: problemReply,
} as const satisfies Record<string, z.ZodType>;
type Shape = keyof typeof SHAPES;

export type RouteSchemas = {
  readonly body?: z.ZodType;
  readonly query?: z.ZodObject;
  readonly headers?: Readonly<Record<string, z.ZodType>>;
  /** 200 where nothing else is said. */
  readonly status?: 200 | 201 | 202;
  /** A shape, or a list of one; none: any object. */
  readonly answers?: Shape | { readonly listOf: Shape };
  /** Beside those that every route of its kind has. */
  readonly refuses?: readonly ErrorCode[];
};

export const ROUTES: Readonly<Record<string, RouteSchemas>> = {
  'get-health': { answers: 'Health' },
  'get-openapi': {},

  'submit-job': {
    body: submitJobSchema,
    headers: { 'Idempotency-Key': idempotencyKeySchema },
    status: 201,
    answers: 'Job',
    refuses: ['IdempotencyKeyReused', 'Unavailable'],
  },
  'add-tasks': { body: addTasksSchema, status: 201, answers: 'Job', refuses: ['WrongStatus', 'TooManyRequests'] },
  'list-jobs': { query: listJobsQuerySchema, answers: { listOf: 'Job' } },
  'get-job': { answers: 'Job' },
  'list-tasks': { query: listTasksQuerySchema, answers: { listOf: 'Task' } },
  'get-task': { answers: 'Task' },
  'list-events': { query: listEventsQuerySchema, answers: { listOf: 'JobEvent' } },
  'cancel-job': {
    body: cancelJobSchema,
    status: 202,
    answers: 'Job',
    refuses: ['WrongStatus', 'SystemJob', 'TooManyRequests'],
  },
  'hold-job': { answers: 'Job', refuses: ['WrongStatus'] },
  'release-job': { answers: 'Job', refuses: ['WrongStatus', 'TooManyRequests'] },
  'requeue-job': { body: requeueJobSchema, answers: 'Job', refuses: ['WrongStatus'] },
  'set-priority': { body: setPrioritySchema, answers: 'Job', refuses: ['WrongStatus'] },
  'list-groups': { answers: { listOf: 'Group' } },
  'set-group': { body: setGroupSchema, answers: 'Group' },

  'plan-abort': { answers: 'Plan', refuses: ['WrongStatus', 'NothingToAbort'] },
  'abort-job': {
    body: abortJobSchema,
    status: 202,
    answers: 'Abort',
    refuses: ['WrongStatus', 'NothingToAbort', 'PlanChanged', 'TooManyRequests'],
  },
  'list-aborts': { query: listAbortsQuerySchema, answers: { listOf: 'Abort' } },
  'get-abort': { answers: 'Abort' },
  'withdraw-abort': { body: withdrawAbortSchema, status: 202, answers: 'Abort', refuses: ['WrongStatus'] },

  'list-servers': { answers: { listOf: 'Server' } },
  'list-features': { answers: { listOf: 'Feature' } },
  'set-feature': { body: setFeatureSchema, answers: 'Feature' },
};
