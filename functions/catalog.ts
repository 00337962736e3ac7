/**
 * Every Lambda function, as data. The CDK app and the local host both read it: a route, step, schedule or event
 * that is added here is there on both. A function's file is its name in the folder of what calls it.
 */
import type { Role } from '#domain/roles';
import type { TableName } from '#store/schema';

type Touch = `${TableName}:${'read' | 'write'}` | 'workflows:start' | 'workflows:callback' | 'ecs:read' | 'ecs:stop';

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
  readonly touches: readonly Touch[];
  readonly timeoutSeconds: number;
};

// What it takes to settle what a stopped server held, and to end the jobs and aborts concerned.
const SETTLING: readonly Touch[] = [
  'jobs:read',
  'jobs:write',
  'tasks:read',
  'tasks:write',
  'servers:read',
  'servers:write',
  'aborts:read',
  'aborts:write',
  'events:write',
];

// API Gateway gives up on an integration after 30 s.
const ROUTE_TIMEOUT_SECONDS = 29;
const STEP_TIMEOUT_SECONDS = 60;

export const CATALOG: readonly CatalogEntry[] = [
  route('get-health', 'GET /health', 'public', []),
  route('get-openapi', 'GET /openapi.json', 'public', []),
  route('refuse-route', '$default', 'public', []),

  route('submit-job', 'POST /jobs', 'BatchUser', [
    'jobs:read',
    'jobs:write',
    'tasks:write',
    'groups:read',
    'groups:write',
    'events:write',
  ]),
  ownJobsRoute('add-tasks', 'POST /jobs/{jobId}/tasks', [
    'jobs:read',
    'jobs:write',
    'tasks:read',
    'tasks:write',
    'groups:read',
    'groups:write',
    'events:write',
  ]),
  route('list-jobs', 'GET /jobs', 'Reader', ['jobs:read', 'tasks:read']),
  route('get-job', 'GET /jobs/{jobId}', 'Reader', ['jobs:read', 'tasks:read']),
  route('list-tasks', 'GET /jobs/{jobId}/tasks', 'Reader', ['jobs:read', 'tasks:read']),
  route('get-task', 'GET /jobs/{jobId}/tasks/{taskId}', 'Reader', ['jobs:read', 'tasks:read']),
  route('list-events', 'GET /jobs/{jobId}/events', 'Reader', ['jobs:read', 'events:read']),
  ownJobsRoute('cancel-job', 'POST /jobs/{jobId}/cancel', [
    'jobs:read',
    'jobs:write',
    'tasks:read',
    'tasks:write',
    'servers:read',
    'servers:write',
    'events:write',
    'workflows:start',
  ]),
  ownJobsRoute('hold-job', 'POST /jobs/{jobId}/hold', ['jobs:read', 'jobs:write', 'tasks:read', 'events:write']),
  ownJobsRoute('release-job', 'POST /jobs/{jobId}/release', ['jobs:read', 'jobs:write', 'tasks:read', 'events:write']),

  ownJobsRoute('requeue-job', 'POST /jobs/{jobId}/requeue', [
    'jobs:read',
    'jobs:write',
    'tasks:read',
    'tasks:write',
    'events:write',
    'workflows:start',
  ]),
  ownJobsRoute('set-priority', 'PUT /jobs/{jobId}/priority', ['jobs:read', 'jobs:write', 'tasks:read', 'events:write']),
  route('list-groups', 'GET /groups', 'Reader', ['groups:read']),
  route('set-group', 'PUT /groups/{batchGroup}', 'BatchJobManager', ['groups:write']),

  route('plan-abort', 'GET /jobs/{jobId}/abort-plan', 'BatchJobManager', [
    'jobs:read',
    'tasks:read',
    'servers:read',
    'features:read',
    'aborts:write',
  ]),
  route('abort-job', 'POST /jobs/{jobId}/abort', 'BatchJobManager', [
    'jobs:read',
    'jobs:write',
    'tasks:read',
    'servers:read',
    'servers:write',
    'features:read',
    'aborts:read',
    'aborts:write',
    'events:write',
    'workflows:start',
  ]),
  route('list-aborts', 'GET /aborts', 'Reader', ['aborts:read', 'tasks:read']),
  route('get-abort', 'GET /aborts/{abortId}', 'Reader', ['aborts:read', 'tasks:read']),

  route('withdraw-abort', 'POST /aborts/{abortId}/withdraw', 'BatchJobManager', [
    'aborts:read',
    'aborts:write',
    'tasks:read',
    'servers:read',
    'servers:write',
    'events:write',
    'workflows:callback',
  ]),

  route('list-servers', 'GET /servers', 'Reader', ['servers:read', 'tasks:read']),
  route('list-features', 'GET /features', 'Reader', ['features:read']),
  route('set-feature', 'PUT /features/{name}', 'SystemAdministrator', ['features:write']),

  {
    name: 'cancel-tasks',
    calledBy: { step: 'CancelTasks' },
    touches: ['jobs:read', 'jobs:write', 'tasks:read', 'tasks:write', 'servers:read', 'servers:write', 'events:write'],
    timeoutSeconds: 120,
  },

  {
    name: 'requeue-tasks',
    calledBy: { step: 'RequeueTasks' },
    touches: ['jobs:read', 'jobs:write', 'tasks:read', 'tasks:write', 'events:write'],
    timeoutSeconds: 120,
  },
  abortStep('drain-server', 'DrainServer', ['servers:read', 'servers:write', 'workflows:callback']),
  abortStep('stop-server', 'StopServer', [
    'aborts:read',
    'aborts:write',
    'servers:read',
    'servers:write',
    'workflows:callback',
    'ecs:stop',
  ]),
  abortStep('find-stop-proof', 'FindStopProof', [...SETTLING, 'workflows:callback', 'ecs:read']),
  abortStep('settle-server', 'SettleServer', SETTLING),
  abortStep('complete-abort', 'CompleteAbort', [
    'aborts:read',
    'aborts:write',
    'tasks:read',
    'servers:read',
    'events:write',
  ]),
  abortStep('fail-abort', 'FailAbort', [
    'aborts:read',
    'aborts:write',
    'tasks:read',
    'servers:read',
    'servers:write',
    'events:write',
  ]),

  {
    name: 'reap',
    calledBy: { schedule: { everyHeartbeats: 3 } },
    touches: [
      'jobs:read',
      'jobs:write',
      'tasks:read',
      'tasks:write',
      'servers:read',
      'servers:write',
      'aborts:read',
      'aborts:write',
      'events:write',
      'workflows:start',
      'workflows:callback',
      'ecs:read',
      'ecs:stop',
    ],
    timeoutSeconds: 60,
  },
  {
    name: 'prove-stop',
    calledBy: { event: 'ECS Task State Change' },
    touches: [
      'jobs:read',
      'jobs:write',
      'tasks:read',
      'tasks:write',
      'servers:read',
      'servers:write',
      'aborts:read',
      'aborts:write',
      'events:write',
      'workflows:callback',
    ],
    timeoutSeconds: 60,
  },
];

/** The folder of a function's file, by what calls it. */
export function folderOf(entry: CatalogEntry): 'http' | 'steps' | 'schedules' | 'events' {
  if ('route' in entry.calledBy) return 'http';
  if ('step' in entry.calledBy) return 'steps';
  return 'schedule' in entry.calledBy ? 'schedules' : 'events';
}

function route(name: string, path: string, ...[role, touches]: [Role | 'public', readonly Touch[]]): CatalogEntry {
  return { name, calledBy: { route: path, role }, touches, timeoutSeconds: ROUTE_TIMEOUT_SECONDS };
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
