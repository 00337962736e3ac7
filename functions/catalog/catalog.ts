/**
 * Every Lambda function, as data, from the rows in `routes.ts`, `steps.ts` and `events.ts`. Both hosts read this list,
 * so a new row exists on both. A function's file has the function's name, in the folder of what calls it.
 */
import type { Role } from '#domain/roles';
import { EVENTS, SCHEDULES } from './events.ts';
import { ROUTES } from './routes.ts';
import type { RouteRow } from './rows.ts';
import { STEPS } from './steps.ts';
import { COMPLETING_ABORT, FOLLOWING_END, HELD_TASKS, type Touch, touching } from './touches.ts';

type CalledBy =
  /** `role` is the lowest that may call; `ownJobs` lets a BatchUser act on its own jobs only. */
  | { readonly route: string; readonly role: Role | 'public'; readonly ownJobs?: true }
  | { readonly step: string }
  /** Once in this number of heartbeat periods of the servers. */
  | { readonly schedule: { readonly everyHeartbeats: number } }
  | { readonly event: 'ECS Task State Change' };

/** What a host must know of a function. */
export type CatalogEntry = {
  readonly name: string;
  readonly calledBy: CalledBy;
  /** All that it may do on AWS. */
  readonly touches: readonly Touch[];
  readonly timeoutSeconds: number;
  /** Calls at once that only it may have; it may have no more than these. */
  readonly reservedConcurrency?: number;
};

/** API Gateway waits 30 s for a function. */
const ROUTE_SECONDS = 29;

export const CATALOG: readonly CatalogEntry[] = [
  ...Object.entries<RouteRow>(ROUTES).map(([name, { route, role, ownJobs, touches }]) => {
    const calledBy = { route, role, ...(ownJobs && { ownJobs }) };
    return { name, calledBy, touches, timeoutSeconds: ROUTE_SECONDS };
  }),
  ...Object.entries(STEPS).map(([name, { state, touches, timeoutSeconds }]) => {
    return { name, calledBy: { step: state }, touches, timeoutSeconds };
  }),
  ...Object.entries(SCHEDULES).map(([name, { everyHeartbeats, touches, timeoutSeconds }]) => {
    return { name, calledBy: { schedule: { everyHeartbeats } }, touches, timeoutSeconds };
  }),
  ...Object.entries(EVENTS).map(([name, { detailType, touches, timeoutSeconds }]) => {
    return { name, calledBy: { event: detailType }, touches, timeoutSeconds };
  }),
];

/** What the batch server may do on AWS: the program `server/main` in its container. */
export const SERVER_TOUCHES: readonly Touch[] = touching(
  // It registers, sends heartbeats, and reads its orders.
  'servers:Scan',
  'servers:UpdateItem',
  'ecs:UpdateTaskProtection',
  // It looks for work, claims it, and records how it ended.
  'groups:Scan',
  'jobs/dispatch:Query',
  'tasks/byReady:Query',
  'jobs:BatchGetItem',
  'servers:BatchGetItem',
  HELD_TASKS,
  FOLLOWING_END,
  'runTimes:UpdateItem',
  // It answers the callbacks of its drain, and completes the aborts that stop its attempts.
  COMPLETING_ABORT,
  'workflows:SendTaskHeartbeat',
  'workflows:SendTaskSuccess',
);

/** The folder of a function's file, by what calls it. */
export function folderOf(entry: Pick<CatalogEntry, 'calledBy'>): 'http' | 'steps' | 'schedules' | 'events' {
  if ('route' in entry.calledBy) return 'http';
  if ('step' in entry.calledBy) return 'steps';
  return 'schedule' in entry.calledBy ? 'schedules' : 'events';
}
