/** The routes of aborts and their plans. */
import { abortJobSchema, listAbortsQuerySchema, withdrawAbortSchema } from '#domain/requests';
import { ofAbort, ofJob, once, plain, type RouteRow } from './rows.ts';
import { ABORT_PROGRESS, COMPLETING_ABORT, MOVING_JOB, PLANNING, touching } from './touches.ts';

export const ABORT_ROUTES = {
  'plan-abort': {
    ...ofJob,
    route: 'GET /jobs/{jobId}/abort-plan',
    role: 'BatchJobManager',
    answers: 'Plan',
    refuses: ['WrongStatus', 'NothingToAbort'],
    touches: PLANNING,
  },
  'abort-job': {
    ...ofJob,
    route: 'POST /jobs/{jobId}/abort',
    role: 'BatchJobManager',
    body: abortJobSchema,
    status: 202,
    answers: 'Abort',
    headers: once,
    refuses: ['WrongStatus', 'NothingToAbort', 'PlanChanged', 'TooManyRequests', 'IdempotencyKeyReused'],
    touches: touching(
      PLANNING,
      MOVING_JOB,
      ABORT_PROGRESS,
      'plans:GetItem',
      'aborts:GetItem',
      'aborts:UpdateItem',
      'aborts:DeleteItem',
      'servers:UpdateItem',
      'workflows:StartExecution',
    ),
  },
  'list-aborts': {
    ...plain,
    route: 'GET /aborts',
    role: 'Reader',
    query: listAbortsQuerySchema,
    answers: { listOf: 'Abort' },
    touches: touching('aborts/byPhase:Query', 'aborts/byJob:Query', 'aborts:BatchGetItem', ABORT_PROGRESS),
  },
  'get-abort': {
    ...ofAbort,
    route: 'GET /aborts/{abortId}',
    role: 'Reader',
    answers: 'Abort',
    touches: touching('aborts:GetItem', ABORT_PROGRESS),
  },
  'withdraw-abort': {
    ...ofAbort,
    route: 'POST /aborts/{abortId}/withdraw',
    role: 'BatchJobManager',
    body: withdrawAbortSchema,
    status: 202,
    answers: 'Abort',
    headers: once,
    refuses: ['WrongStatus', 'IdempotencyKeyReused'],
    touches: touching(COMPLETING_ABORT, 'servers:UpdateItem', 'workflows:SendTaskFailure'),
  },
} as const satisfies Readonly<Record<string, RouteRow>>;
