/**
 * Every Lambda function, as data. The CDK app and the local host both read it: a route, step, schedule or event
 * that is added here is there on both. A function's file is its name in the folder of what calls it.
 */
import type { Role } from '#domain/roles';
import {
  ABORT_PROGRESS,
  CLEARING_ADDED,
  COMPLETING_ABORT,
  CONCLUDING_STOP,
  FOLLOWING_END,
  HELD_TASKS,
  HOLDINGS,
  MOVING_JOB,
  PASSING_CANCEL,
  PLANNING,
  SETTLING,
  SHOWING_JOB,
  type Touch,
  touching,
} from './touches.ts';

export type CalledBy =
  /** `role` is the lowest that may call; `ownJobs` lets a BatchUser act on jobs of its own only. */
  | { readonly route: string; readonly role: Role | 'public'; readonly ownJobs?: true }
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
  route('get-health', 'GET /health', 'public', []),
  route('get-openapi', 'GET /openapi.json', 'public', []),
  route('refuse-route', '$default', 'public', []),

  route(
    'submit-job',
    'POST /jobs',
    'BatchUser',
    touching(MOVING_JOB, SHOWING_JOB, 'tasks:BatchWriteItem', 'groups:GetItem', 'groups:UpdateItem'),
  ),
  ownJobsRoute(
    'add-tasks',
    'POST /jobs/{jobId}/tasks',
    touching(
      MOVING_JOB,
      SHOWING_JOB,
      CLEARING_ADDED,
      'tasks:BatchGetItem',
      'tasks:BatchWriteItem',
      'groups:UpdateItem',
    ),
  ),
  route('list-jobs', 'GET /jobs', 'Reader', touching('jobs/byPhase:Query', 'jobs:BatchGetItem', SHOWING_JOB)),
  route('get-job', 'GET /jobs/{jobId}', 'Reader', touching('jobs:GetItem', SHOWING_JOB)),
  route('list-tasks', 'GET /jobs/{jobId}/tasks', 'Reader', ['jobs:GetItem', 'tasks:Query']),
  route('get-task', 'GET /jobs/{jobId}/tasks/{taskId}', 'Reader', ['jobs:GetItem', 'tasks:BatchGetItem']),
  route('list-events', 'GET /jobs/{jobId}/events', 'Reader', ['jobs:GetItem', 'events:Query']),
  ownJobsRoute(
    'cancel-job',
    'POST /jobs/{jobId}/cancel',
    touching(PASSING_CANCEL, SHOWING_JOB, 'workflows:StartExecution'),
  ),
  ownJobsRoute('hold-job', 'POST /jobs/{jobId}/hold', touching(MOVING_JOB, SHOWING_JOB)),
  ownJobsRoute('release-job', 'POST /jobs/{jobId}/release', touching(MOVING_JOB, SHOWING_JOB, CLEARING_ADDED)),
  ownJobsRoute(
    'requeue-job',
    'POST /jobs/{jobId}/requeue',
    touching(MOVING_JOB, FOLLOWING_END, SHOWING_JOB, 'workflows:StartExecution'),
  ),
  ownJobsRoute('set-priority', 'PUT /jobs/{jobId}/priority', touching(MOVING_JOB, SHOWING_JOB)),
  route('list-groups', 'GET /groups', 'Reader', ['groups:Scan']),
  route('set-group', 'PUT /groups/{batchGroup}', 'BatchJobManager', ['groups:UpdateItem']),

  route('plan-abort', 'GET /jobs/{jobId}/abort-plan', 'BatchJobManager', PLANNING),
  route(
    'abort-job',
    'POST /jobs/{jobId}/abort',
    'BatchJobManager',
    touching(
      PLANNING,
      MOVING_JOB,
      ABORT_PROGRESS,
      'aborts:GetItem',
      'aborts:UpdateItem',
      'aborts:DeleteItem',
      'servers:UpdateItem',
      'workflows:StartExecution',
    ),
  ),
  route(
    'list-aborts',
    'GET /aborts',
    'Reader',
    touching('aborts/byPhase:Query', 'aborts/byJob:Query', 'aborts:BatchGetItem', ABORT_PROGRESS),
  ),
  route('get-abort', 'GET /aborts/{abortId}', 'Reader', touching('aborts:GetItem', ABORT_PROGRESS)),
  route(
    'withdraw-abort',
    'POST /aborts/{abortId}/withdraw',
    'BatchJobManager',
    touching(COMPLETING_ABORT, 'servers:UpdateItem', 'workflows:SendTaskFailure'),
  ),

  route('list-servers', 'GET /servers', 'Reader', HOLDINGS),
  route('list-features', 'GET /features', 'Reader', ['features:Scan']),
  route('set-feature', 'PUT /features/{name}', 'SystemAdministrator', ['features:UpdateItem']),

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
  abortStep('find-stop-proof', 'FindStopProof', touching(CONCLUDING_STOP, 'ecs:DescribeTasks')),
  abortStep('settle-server', 'SettleServer', touching('servers:GetItem', SETTLING)),
  abortStep('complete-abort', 'CompleteAbort', COMPLETING_ABORT),
  abortStep('fail-abort', 'FailAbort', touching(COMPLETING_ABORT, 'servers:UpdateItem')),

  {
    name: 'reap',
    calledBy: { schedule: { everyHeartbeats: 3 } },
    touches: touching(
      'servers:Scan',
      CONCLUDING_STOP,
      'ecs:StopTask',
      'ecs:DescribeTasks',
      'jobs/byPhase:Query',
      'tasks/byReady:Query',
      CLEARING_ADDED,
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
    touches: CONCLUDING_STOP,
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
export function accessOf(name: string) {
  const calledBy = CATALOG.find((entry) => entry.name === name)?.calledBy;
  if (!calledBy || !('route' in calledBy)) throw new Error(`The catalog has no route "${name}".`);
  return calledBy;
}

function route(name: string, path: string, ...[role, touches]: [Role | 'public', readonly Touch[]]): CatalogEntry {
  return { name, calledBy: { route: path, role }, touches, timeoutSeconds: ROUTE_TIMEOUT_SECONDS };
}

/** The one step of a workflow that passes over a job's tasks as long as its time lasts, and is called again until all are done. */
function pass(name: string, state: string, touches: readonly Touch[]): CatalogEntry {
  return { name, calledBy: { step: state }, touches, timeoutSeconds: PASS_TIMEOUT_SECONDS };
}

/** A step of the workflow `abort-job`. */
function abortStep(name: string, state: string, touches: readonly Touch[]): CatalogEntry {
  return { name, calledBy: { step: state }, touches, timeoutSeconds: STEP_TIMEOUT_SECONDS };
}

/** A route on which a BatchUser may act on jobs of its own only. */
function ownJobsRoute(name: string, path: string, touches: readonly Touch[]): CatalogEntry {
  return {
    name,
    calledBy: { route: path, role: 'BatchUser', ownJobs: true },
    touches,
    timeoutSeconds: ROUTE_TIMEOUT_SECONDS,
  };
}
