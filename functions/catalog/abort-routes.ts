/** The routes of aborts and their plans. */
import { WITHDRAW_ACCESS } from '#domain/actions/actions';
import { JOB_RULES } from '#domain/actions/job-rules';
import { abortJobSchema, listAbortsQuerySchema, withdrawAbortSchema } from '#domain/requests';
import { ofAbort, ofJob, once, plain, type RouteRow } from './rows.ts';
import { ABORT_PROGRESS, CANCELLING_RUNNING, COMPLETING_ABORT, MOVING_JOB, PLANNING, touching } from './touches.ts';

export const ABORT_ROUTES = {
  'plan-abort': {
    ...ofJob,
    route: 'GET /jobs/{jobId}/abort-plan',
    ...JOB_RULES.abort.access,
    answers: 'Plan',
    refuses: ['WrongStatus', 'NothingToAbort'],
    touches: PLANNING,
  },
  'abort-job': {
    ...ofJob,
    route: 'POST /jobs/{jobId}/abort',
    ...JOB_RULES.abort.access,
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
      CANCELLING_RUNNING,
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
    ...WITHDRAW_ACCESS,
    body: withdrawAbortSchema,
    status: 202,
    answers: 'Abort',
    headers: once,
    refuses: ['WrongStatus', 'IdempotencyKeyReused'],
    touches: touching(COMPLETING_ABORT, 'servers:UpdateItem', 'workflows:SendTaskFailure'),
  },
} as const satisfies Readonly<Record<string, RouteRow>>;
