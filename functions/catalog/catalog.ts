/**
 * Every Lambda function, as data. The CDK app and the local host both read it: a route, step, schedule or event
 * that is added here is there on both. A function's file is its name in the folder of what calls it.
 */
import type { Role } from '#domain/roles';
import {
  ABORT_PROGRESS,
  CLEARING_ADDED,
  COMPLETING_ABORT,
  FOLLOWING_END,
  HELD_TASKS,
  HOLDINGS,
  MOVING_JOB,
  PASSING_CANCEL,
  PLANNING,
  PROVING_STOP,
  SETTLING,
  SHOWING_JOB,
  type Touch,
  touching,
} from './touches.ts';

/** `role` is the lowest that may call; `ownJobs` lets a BatchUser act on jobs of its own only. */
type Access = { readonly route: string; readonly role: Role | 'public'; readonly ownJobs?: true };

type CalledBy =
  | Access
  | { readonly step: string }
  /** Run every so many heartbeat periods of the servers (3 of 10 s on AWS). */
  | { readonly schedule: { readonly everyHeartbeats: number } }
  | { readonly event: 'ECS Task State Change' };

export type CatalogEntry = {
  readonly name: string;
  readonly calledBy: CalledBy;
  /** All that it may do on AWS. */
  readonly touches: readonly Touch[];
  readonly timeoutSeconds: number;
};

// API Gateway gives up on an integration after 30 s.
const ROUTE_TIMEOUT_SECONDS = 29;
const STEP_TIMEOUT_SECONDS = 60;
const PASS_TIMEOUT_SECONDS = 120;

export const CATALOG: readonly CatalogEntry[] = [
  route('get-health', { route: 'GET /health', role: 'public', touches: [] }),
  route('get-openapi', { route: 'GET /openapi.json', role: 'public', touches: [] }),
  route('refuse-route', { route: '$default', role: 'public', touches: [] }),

  route('submit-job', {
    route: 'POST /jobs',
    role: 'BatchUser',
    touches: touching(
      MOVING_JOB,
      SHOWING_JOB,
      'tasks:BatchWriteItem',
      'reservations:UpdateItem',
      'groups:GetItem',
      'groups:UpdateItem',
    ),
  }),
  route('add-tasks', {
    route: 'POST /jobs/{jobId}/tasks',
    role: 'BatchUser',
    ownJobs: true,
    touches: touching(
      MOVING_JOB,
      SHOWING_JOB,
      CLEARING_ADDED,
      'tasks:BatchGetItem',
      'tasks:BatchWriteItem',
      'groups:UpdateItem',
    ),
  }),
  route('list-jobs', {
    route: 'GET /jobs',
    role: 'Reader',
    touches: touching('jobs/byPhase:Query', 'jobs:BatchGetItem', SHOWING_JOB),
  }),
  route('get-job', { route: 'GET /jobs/{jobId}', role: 'Reader', touches: touching('jobs:GetItem', SHOWING_JOB) }),
  route('list-tasks', { route: 'GET /jobs/{jobId}/tasks', role: 'Reader', touches: ['jobs:GetItem', 'tasks:Query'] }),
  route('get-task', {
    route: 'GET /jobs/{jobId}/tasks/{taskId}',
    role: 'Reader',
    touches: ['jobs:GetItem', 'tasks:BatchGetItem'],
  }),
  route('list-events', {
    route: 'GET /jobs/{jobId}/events',
    role: 'Reader',
    touches: ['jobs:GetItem', 'events:Query'],
  }),
  route('cancel-job', {
    route: 'POST /jobs/{jobId}/cancel',
    role: 'BatchUser',
    ownJobs: true,
    touches: touching(PASSING_CANCEL, SHOWING_JOB, 'workflows:StartExecution'),
  }),
  route('hold-job', {
    route: 'POST /jobs/{jobId}/hold',
    role: 'BatchUser',
    ownJobs: true,
    touches: touching(MOVING_JOB, SHOWING_JOB),
  }),
  route('release-job', {
    route: 'POST /jobs/{jobId}/release',
    role: 'BatchUser',
    ownJobs: true,
    touches: touching(MOVING_JOB, SHOWING_JOB, CLEARING_ADDED),
  }),
  route('requeue-job', {
    route: 'POST /jobs/{jobId}/requeue',
    role: 'BatchUser',
    ownJobs: true,
    touches: touching(MOVING_JOB, FOLLOWING_END, SHOWING_JOB, 'workflows:StartExecution'),
  }),
  route('set-priority', {
    route: 'PUT /jobs/{jobId}/priority',
    role: 'BatchUser',
    ownJobs: true,
    touches: touching(MOVING_JOB, SHOWING_JOB),
  }),
  route('list-groups', { route: 'GET /groups', role: 'Reader', touches: ['groups:Scan'] }),
  route('set-group', { route: 'PUT /groups/{batchGroup}', role: 'BatchJobManager', touches: ['groups:UpdateItem'] }),

  route('plan-abort', { route: 'GET /jobs/{jobId}/abort-plan', role: 'BatchJobManager', touches: PLANNING }),
  route('abort-job', {
    route: 'POST /jobs/{jobId}/abort',
    role: 'BatchJobManager',
    touches: touching(
      PLANNING,
      MOVING_JOB,
      ABORT_PROGRESS,
      'plans:GetItem',
      'aborts:GetItem',
      'aborts:PutItem',
      'aborts:UpdateItem',
      'aborts:DeleteItem',
      'servers:UpdateItem',
      'workflows:StartExecution',
    ),
  }),
  route('list-aborts', {
    route: 'GET /aborts',
    role: 'Reader',
    touches: touching('aborts/byPhase:Query', 'aborts/byJob:Query', 'aborts:BatchGetItem', ABORT_PROGRESS),
  }),
  route('get-abort', {
    route: 'GET /aborts/{abortId}',
    role: 'Reader',
    touches: touching('aborts:GetItem', ABORT_PROGRESS),
  }),
  route('withdraw-abort', {
    route: 'POST /aborts/{abortId}/withdraw',
    role: 'BatchJobManager',
    touches: touching(COMPLETING_ABORT, 'servers:UpdateItem', 'workflows:SendTaskFailure'),
  }),

  route('list-servers', { route: 'GET /servers', role: 'Reader', touches: HOLDINGS }),
  route('list-features', { route: 'GET /features', role: 'Reader', touches: ['features:Scan'] }),
  route('set-feature', {
    route: 'PUT /features/{name}',
    role: 'SystemAdministrator',
    touches: ['features:UpdateItem'],
  }),

  pass('cancel-tasks', 'CancelTasks', PASSING_CANCEL),
  pass('requeue-tasks', 'RequeueTasks', FOLLOWING_END),

  abortStep('drain-server', 'DrainServer', [
    'servers:GetItem',
    'servers:UpdateItem',
    'workflows:SendTaskSuccess',
    'workflows:SendTaskFailure',
  ]),
  abortStep(
    'stop-server',
    'StopServer',
    touching(
      HELD_TASKS,
      'servers:GetItem',
      'servers:UpdateItem',
      'servers:BatchGetItem',
      'aborts:GetItem',
      'aborts:UpdateItem',
      'ecs:StopTask',
      'workflows:SendTaskSuccess',
      'workflows:SendTaskFailure',
    ),
  ),
  abortStep('find-stop-proof', 'FindStopProof', touching(PROVING_STOP, 'ecs:DescribeTasks')),
  abortStep('settle-server', 'SettleServer', touching('servers:GetItem', SETTLING)),
  abortStep('complete-abort', 'CompleteAbort', COMPLETING_ABORT),
  abortStep('fail-abort', 'FailAbort', touching(COMPLETING_ABORT, 'servers:UpdateItem')),

  {
    name: 'reap',
    calledBy: { schedule: { everyHeartbeats: 3 } },
    touches: touching(
      'servers:Scan',
      PROVING_STOP,
      'ecs:StopTask',
      'ecs:DescribeTasks',
      'jobs/byPhase:Query',
      'tasks/byReady:Query',
      CLEARING_ADDED,
      'rounds:GetItem',
      'rounds:UpdateItem',
      'aborts/byPhase:Query',
      'aborts:DeleteItem',
      'workflows:StartExecution',
      'workflows:DescribeExecution',
      'workflows:SendTaskFailure',
    ),
    timeoutSeconds: 60,
  },
  {
    name: 'prove-stop',
    calledBy: { event: 'ECS Task State Change' },
    touches: PROVING_STOP,
    timeoutSeconds: 60,
  },
];

/** What the batch server may do on AWS: the program `server/main` in its container. */
export const SERVER_TOUCHES: readonly Touch[] = touching(
  // It registers, heartbeats, and hears its orders.
  'servers:Scan',
  'servers:UpdateItem',
  'ecs:UpdateTaskProtection',
  // It looks for work, claims it, and records the ends of it.
  'groups:Scan',
  'jobs/dispatch:Query',
  'tasks/byReady:Query',
  'jobs:BatchGetItem',
  'servers:BatchGetItem',
  HELD_TASKS,
  FOLLOWING_END,
  'runTimes:UpdateItem',
  // It answers for its drain and for the aborts that stop its runs.
  COMPLETING_ABORT,
  'workflows:SendTaskHeartbeat',
  'workflows:SendTaskSuccess',
);

/** The folder of a function's file, by what calls it. */
export function folderOf(entry: CatalogEntry): 'http' | 'steps' | 'schedules' | 'events' {
  if ('route' in entry.calledBy) return 'http';
  if ('step' in entry.calledBy) return 'steps';
  return 'schedule' in entry.calledBy ? 'schedules' : 'events';
}

/**
 * Who may call the route of the function with this name, and how.
 * @throws Error when the catalog has no such route
 */
export function accessOf(name: string): Access {
  const calledBy = CATALOG.find((entry) => entry.name === name)?.calledBy;
  if (!calledBy || !('route' in calledBy)) throw new Error(`The catalog has no route "${name}".`);
  return calledBy;
}

function route(name: string, { touches, ...calledBy }: Access & Pick<CatalogEntry, 'touches'>): CatalogEntry {
  return { name, calledBy, touches, timeoutSeconds: ROUTE_TIMEOUT_SECONDS };
}

/** The one step of a workflow that passes over a job's tasks as long as its time lasts, and is called again until all are done. */
function pass(name: string, state: string, touches: readonly Touch[]): CatalogEntry {
  return { name, calledBy: { step: state }, touches, timeoutSeconds: PASS_TIMEOUT_SECONDS };
}

/** A step of the workflow `abort-job`. */
function abortStep(name: string, state: string, touches: readonly Touch[]): CatalogEntry {
  return { name, calledBy: { step: state }, touches, timeoutSeconds: STEP_TIMEOUT_SECONDS };
}
