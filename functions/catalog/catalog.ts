/**
 * Every Lambda function, as data, from the rows in `routes.ts`, `steps.ts` and `events.ts`. Both hosts read this list,
 * so a new row exists on both. A function's file has the function's name, in the folder of what calls it.
 */
import type { Role } from '#domain/roles';
import { EVENTS, type EventRow, SCHEDULES, type ScheduleRow } from './events.ts';
import { ROUTES } from './routes.ts';
import type { CalledRow, RouteRow } from './rows.ts';
import { STEPS, type StepRow } from './steps.ts';
import { COMPLETING_ABORT, FOLLOWING_END, LIVE_SERVERS, type Touch, touching } from './touches.ts';

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
  /** A function's share of a CPU grows with its memory. */
  readonly memoryMb: number;
  /** Calls at once that only it may have; it may have no more than these. */
  readonly reservedConcurrency?: number;
};

/** API Gateway waits 30 s for a function. */
const ROUTE_SECONDS = 29;
/** At 512 MB a start takes about half as long as at 256. */
const DEFAULT_MEMORY_MB = 512;

export const CATALOG: readonly CatalogEntry[] = [
  ...Object.entries<RouteRow>(ROUTES).map(([name, { route, role, ownJobs, touches, memoryMb = DEFAULT_MEMORY_MB }]) => {
    const calledBy = { route, role, ...(ownJobs && { ownJobs }) };
    return { name, calledBy, touches, timeoutSeconds: ROUTE_SECONDS, memoryMb };
  }),
  ...Object.entries<StepRow>(STEPS).map(([name, { state, ...row }]) => {
    return { name, calledBy: { step: state }, ...hostFactsOf(row) };
  }),
  ...Object.entries<ScheduleRow>(SCHEDULES).map(([name, { everyHeartbeats, ...row }]) => {
    return { name, calledBy: { schedule: { everyHeartbeats } }, ...hostFactsOf(row) };
  }),
  ...Object.entries<EventRow>(EVENTS).map(([name, { detailType, ...row }]) => {
    return { name, calledBy: { event: detailType }, ...hostFactsOf(row) };
  }),
];

/** What hosts know of a function besides its caller; a step's and an event's schema of its input is not among it. */
function hostFactsOf({ touches, timeoutSeconds, memoryMb = DEFAULT_MEMORY_MB, reservedConcurrency }: CalledRow) {
  return { touches, timeoutSeconds, memoryMb, ...(reservedConcurrency !== undefined && { reservedConcurrency }) };
}

/** What the batch server may do on AWS: the program `server/main` in its container. */
export const SERVER_TOUCHES: readonly Touch[] = touching(
  // It registers, sends heartbeats, and reads its orders.
  'servers/unreplaced:Query',
  'servers:GetItem',
  'servers:UpdateItem',
  'ecs:UpdateTaskProtection',
  // It looks for work, claims it, and records how it ended.
  'groups:Scan',
  LIVE_SERVERS,
  'jobs/dispatch:Query',
  'jobs/dispatch:Scan',
  'tasks/byReady:Query',
  'jobs:BatchGetItem',
  'servers:BatchGetItem',
  'tasks:PartiQLUpdate',
  'tasks:BatchGetItem',
  FOLLOWING_END,
  'nudges:ReceiveMessage',
  'nudges:DeleteMessage',
  'nudges:ChangeMessageVisibility',
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
