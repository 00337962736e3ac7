/**
 * The moves table: every change of status that exists. A write names its move and is guarded by `from`;
 * what no row names cannot happen. `docs/lifecycle.md` tells who makes each move, and when.
 */
import type { JobStatus, ServerStatus, TaskStatus } from './statuses.ts';

export type Move<Status> = { readonly from: readonly Status[]; readonly to: Status };

export const JOB_MOVES = {
  hold: { from: ['Waiting'], to: 'Withhold' },
  release: { from: ['Withhold'], to: 'Waiting' },
  start: { from: ['Waiting'], to: 'Executing' },
  cancel: { from: ['Withhold', 'Waiting', 'Executing'], to: 'Cancelling' },
  // A task that was starting while its job was held runs on: so a held job, too, can come to its end.
  finish: { from: ['Withhold', 'Waiting', 'Executing'], to: 'Finished' },
  fail: { from: ['Withhold', 'Waiting', 'Executing'], to: 'Error' },
  requeue: { from: ['Finished', 'Error', 'Cancelled'], to: 'Waiting' },
  endCancel: { from: ['Cancelling'], to: 'Cancelled' },
} as const satisfies Record<string, Move<JobStatus>>;

export const TASK_MOVES = {
  unlock: { from: ['Waiting'], to: 'Ready' },
  skip: { from: ['Waiting'], to: 'NotRun' },
  claim: { from: ['Ready'], to: 'Executing' },
  // Whatever makes a task Ready again starts from Executing alone: a task marked for stopping never gets back.
  undoClaim: { from: ['Executing'], to: 'Ready' },
  dropClaim: { from: ['Executing', 'Cancelling'], to: 'NotRun' },
  retry: { from: ['Executing'], to: 'Ready' },
  restart: { from: ['Executing'], to: 'Ready' },
  finish: { from: ['Executing', 'Cancelling'], to: 'Finished' },
  fail: { from: ['Executing', 'Cancelling'], to: 'Error' },
  interrupt: { from: ['Executing'], to: 'Error' },
  drop: { from: ['Waiting', 'Ready'], to: 'NotRun' },
  // Only as part of a requeue of the job: the one way out of a final status.
  requeue: { from: ['Finished', 'Error', 'NotRun', 'Cancelled'], to: 'Ready' },
  requeueWaiting: { from: ['Finished', 'Error', 'NotRun', 'Cancelled'], to: 'Waiting' },
  markCancelling: { from: ['Executing'], to: 'Cancelling' },
  stop: { from: ['Cancelling'], to: 'Cancelled' },
} as const satisfies Record<string, Move<TaskStatus>>;

export const SERVER_MOVES = {
  // A second abort that names a draining server joins its drain.
  drain: { from: ['Active', 'Draining'], to: 'Draining' },
  resume: { from: ['Draining'], to: 'Active' },
  stop: { from: ['Draining', 'Stopping'], to: 'Stopping' },
  // Only while ECS has not accepted the stop, and every abort that asked for it has ended.
  recall: { from: ['Stopping'], to: 'Active' },
  declareLost: { from: ['Active', 'Draining', 'Stopping'], to: 'Lost' },
  proveStopped: { from: ['Active', 'Draining', 'Stopping', 'Lost'], to: 'Stopped' },
} as const satisfies Record<string, Move<ServerStatus>>;
