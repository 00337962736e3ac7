/**
 * What a function may touch: one action on one table, index or service, as AWS names it, so that a policy can be derived that
 * allows this and nothing else. The groups say what the functions of the store need; a test compares them with what is called.
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
  | 'BatchWriteItem';
type WorkflowAction =
  | 'StartExecution'
  | 'DescribeExecution'
  | 'SendTaskSuccess'
  | 'SendTaskFailure'
  | 'SendTaskHeartbeat';
type EcsAction = 'StopTask' | 'DescribeTasks' | 'UpdateTaskProtection';

type IndexName<Table extends TableName> = (typeof TABLES)[Table]['indexes'][number]['name'];
type TableTouch = {
  [Table in TableName]: `${Table}:${TableAction}` | `${Table}/${IndexName<Table>}:Query`;
}[TableName];

/** `jobs:GetItem` is of the table, `jobs/dispatch:Query` of its index, `workflows:` of Step Functions and `ecs:` of ECS. */
export type Touch = TableTouch | `workflows:${WorkflowAction}` | `ecs:${EcsAction}`;
type Touches = readonly Touch[];

/** Each touch of the groups and single touches once. */
export function touching(...groups: readonly (Touch | Touches)[]): Touches {
  return [...new Set(groups.flat())];
}

/** How many tasks a job has in which status, as its records say. */
const COUNTING: Touches = ['tasks:Query'];

/** What a server holds. */
export const HELD_TASKS: Touches = ['tasks/byServer:Query', 'tasks:BatchGetItem'];

/** The counts of a job's tasks as people are to see them, with what runs right now. */
export const SHOWING_JOB = touching(COUNTING, 'servers:Scan', HELD_TASKS);

/** A guarded write of the job, with what is read when it was refused, and the event that tells of it. */
export const MOVING_JOB: Touches = ['jobs:GetItem', 'jobs:UpdateItem', 'events:UpdateItem'];

/** The final check of a job and the end that it may lead to. */
const COMPLETING_JOB = touching('tasks/byOpen:Query', COUNTING, MOVING_JOB, 'events:Query');

/** What follows the end of a task: its dependents, its job. */
export const FOLLOWING_END = touching(COMPLETING_JOB, 'tasks:BatchGetItem', 'tasks:UpdateItem');

/** Taking away what a request that died while adding tasks has left. */
export const CLEARING_ADDED: Touches = ['jobs:GetItem', 'jobs:UpdateItem', 'tasks:Query', 'tasks:DeleteItem'];

/** The pass over the open tasks of a cancelled job. */
export const PASSING_CANCEL = touching(COMPLETING_JOB, 'tasks:UpdateItem', 'servers:UpdateItem');

/** What all servers hold, and the jobs of that. */
export const HOLDINGS = touching('servers:Scan', HELD_TASKS, 'jobs:BatchGetItem');

/** The plan of an abort, and remembering it. */
export const PLANNING = touching(
  'jobs:GetItem',
  'features:GetItem',
  HOLDINGS,
  'runTimes:BatchGetItem',
  'plans:PutItem',
);

/** How far an abort has come: its servers and its tasks. */
export const ABORT_PROGRESS: Touches = ['servers:BatchGetItem', 'tasks:BatchGetItem'];

/** The end of an abort, if nothing of it is outstanding any more. */
export const COMPLETING_ABORT = touching('aborts:GetItem', ABORT_PROGRESS, 'aborts:UpdateItem', 'events:UpdateItem');

/** What a stopped server held is settled, and the jobs and aborts concerned are ended. */
export const SETTLING = touching('servers:UpdateItem', HELD_TASKS, FOLLOWING_END, COMPLETING_ABORT);

/** The proof that a container has stopped, and all that it leads to. */
export const PROVING_STOP = touching('servers:GetItem', SETTLING, 'workflows:SendTaskSuccess');
