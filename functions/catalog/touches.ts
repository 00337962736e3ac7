/**
 * What a function may touch: one action on one table, index or service, as AWS names it. Policies are derived from it.
 * A group is what some functions of engine and store need; tests compare the touches with the calls that are made.
 */
import type { TABLES, TableName } from '#store/schema';

type TableAction =
  | 'GetItem'
  | 'BatchGetItem'
  | 'Query'
  | 'Scan'
  | 'PutItem'
  | 'UpdateItem'
  | 'DeleteItem'
  | 'PartiQLInsert'
  | 'PartiQLUpdate';
type WorkflowAction =
  | 'StartExecution'
  | 'DescribeExecution'
  | 'SendTaskSuccess'
  | 'SendTaskFailure'
  | 'SendTaskHeartbeat';
type NudgeAction = 'SendMessage' | 'ReceiveMessage' | 'DeleteMessage' | 'ChangeMessageVisibility';
type EcsAction = 'StopTask' | 'DescribeTasks' | 'UpdateTaskProtection' | 'DescribeServices' | 'UpdateService';

type IndexName<Table extends TableName> = (typeof TABLES)[Table]['indexes'][number]['name'];
type TableTouch = {
  [Table in TableName]: `${Table}:${TableAction}` | `${Table}/${IndexName<Table>}:${'Query' | 'Scan'}`;
}[TableName];

/**
 * `jobs:GetItem` is of a table, `jobs/dispatch:Query` of its index, `workflows:` of Step Functions, `ecs:` of ECS,
 * `nudges:` of the queue that wakes idle servers. The right to send one message is also that to send a batch.
 */
export type Touch = TableTouch | `workflows:${WorkflowAction}` | `ecs:${EcsAction}` | `nudges:${NudgeAction}`;
type Touches = readonly Touch[];

/** The groups and single touches together, each once. */
export function touching(...groups: readonly (Touch | Touches)[]): Touches {
  return [...new Set(groups.flat())];
}

/** Counts a job's tasks by status, from their records. */
const COUNTING: Touches = ['tasks:Query'];

/** Moves tasks by guarded writes, and keeps the counts of their jobs. */
const MOVING_TASKS: Touches = ['tasks:UpdateItem', 'counts:UpdateItem'];

/** Reads the tasks that a server holds. */
export const HELD_TASKS: Touches = ['tasks/byServer:Query', 'tasks:BatchGetItem'];

/** Reads what live servers hold, from the indexes alone. */
export const HOLDINGS: Touches = ['servers/byPhase:Query', 'tasks/byServer:Query'];

/** Reads the records of the live servers. */
export const LIVE_SERVERS: Touches = ['servers/byPhase:Query', 'servers:BatchGetItem'];

/** Shows a job with the counts of its tasks. */
export const SHOWING_JOB: Touches = ['counts:Query'];

/** Changes a job by a guarded write, reads it if that was refused, and writes the event. */
export const MOVING_JOB: Touches = ['jobs:GetItem', 'jobs:UpdateItem', 'events:UpdateItem'];

/** Checks whether a job is complete, and ends it. */
const COMPLETING_JOB = touching('tasks/byOpen:Query', COUNTING, MOVING_JOB, 'events:Query');

/** Nudges idle servers. */
export const NUDGING = 'nudges:SendMessage' satisfies Touch;

/** What follows the end of a task: unlocks its dependents, offers the job, completes it. */
export const FOLLOWING_END = touching(COMPLETING_JOB, 'tasks:BatchGetItem', MOVING_TASKS, NUDGING);

/** Deletes the tasks that a request left which died while it added them. */
export const CLEARING_ADDED: Touches = ['jobs:GetItem', 'jobs:UpdateItem', 'tasks:Query', 'tasks:DeleteItem'];

/** Writes the tasks of a job, or leaves them to the workflow. */
export const WRITING_TASKS: Touches = [
  'jobs:UpdateItem',
  'tasks:PartiQLInsert',
  'submissions:PartiQLInsert',
  'workflows:StartExecution',
];

/** Writes the tasks that a request has left. */
export const WRITING_LEFT: Touches = [
  'jobs:GetItem',
  'jobs:UpdateItem',
  'submissions:BatchGetItem',
  'tasks:PartiQLInsert',
  // Of a task that exists it looks who has written it.
  'tasks:BatchGetItem',
  'workflows:StartExecution',
  NUDGING,
];

/** Deletes a job whose submission died, and its tasks. */
export const REMOVING_SUBMISSION: Touches = [
  'jobs:UpdateItem',
  'tasks/byOpen:Query',
  'tasks:DeleteItem',
  'jobs:DeleteItem',
];

/** Marks the tasks that run of a cancelled job. */
export const CANCELLING_RUNNING = touching(HOLDINGS, MOVING_TASKS, 'servers:UpdateItem');

/** Cancels the open tasks of a job. A change that was refused is read. */
export const PASSING_CANCEL = touching(
  COMPLETING_JOB,
  'tasks:PartiQLUpdate',
  'tasks:BatchGetItem',
  MOVING_TASKS,
  'servers:UpdateItem',
);

/** Plans an abort, and keeps the plan. */
export const PLANNING = touching(
  'jobs:GetItem',
  'features:GetItem',
  HOLDINGS,
  // Of a task that seems not to be marked yet.
  'tasks:BatchGetItem',
  'jobs:BatchGetItem',
  'runTimes:BatchGetItem',
  'plans:PutItem',
);

/** Reads how far an abort is: its servers and its tasks. */
export const ABORT_PROGRESS: Touches = ['servers:BatchGetItem', 'tasks:BatchGetItem'];

/** Ends an abort whose servers and tasks are all done. */
export const COMPLETING_ABORT = touching('aborts:GetItem', ABORT_PROGRESS, 'aborts:UpdateItem', 'events:UpdateItem');

/** Settles the tasks that a stopped server held, and completes their jobs and aborts. */
export const SETTLING = touching('servers:UpdateItem', HELD_TASKS, FOLLOWING_END, COMPLETING_ABORT);

/** Records the proof that a container has stopped, and does what follows from it. */
export const PROVING_STOP = touching('servers:GetItem', 'servers:Scan', SETTLING, 'workflows:SendTaskSuccess');

/** Wakes the fleet. */
export const WAKING: Touches = ['fleet:GetItem', 'fleet:UpdateItem', 'ecs:DescribeServices', 'ecs:UpdateService'];
