/**
 * The moves tables: every change of status that exists. A write names its move and is guarded by `from`;
 * a change that no row names cannot happen. `docs/lifecycle.md` says who makes each move, and when.
 */
import {
  type AbortStatus,
  ALIVE_SERVER_STATUSES,
  FINAL_JOB_STATUSES,
  FINAL_TASK_STATUSES,
  HELD_TASK_STATUSES,
  type JobStatus,
  ONGOING_JOB_STATUSES,
  OPEN_ABORT_STATUSES,
  type ServerStatus,
  type TaskStatus,
  UNSTARTED_TASK_STATUSES,
} from './statuses.ts';

/** One change of status: from any of these statuses to that one. */
export type Move<Status> = { readonly from: readonly Status[]; readonly to: Status };

export const JOB_MOVES = {
  hold: { from: ['Waiting'], to: 'Withhold' },
  release: { from: ['Withhold'], to: 'Waiting' },
  start: { from: ['Waiting'], to: 'Executing' },
  cancel: { from: ONGOING_JOB_STATUSES, to: 'Cancelling' },
  // A task that was starting when its job was held runs on: so a held job, too, can end.
  finish: { from: ONGOING_JOB_STATUSES, to: 'Finished' },
  fail: { from: ONGOING_JOB_STATUSES, to: 'Error' },
  requeue: { from: FINAL_JOB_STATUSES, to: 'Waiting' },
  // A job that was held when it was cancelled is held again.
  requeueHeld: { from: FINAL_JOB_STATUSES, to: 'Withhold' },
  endCancel: { from: ['Cancelling'], to: 'Cancelled' },
} as const satisfies Record<string, Move<JobStatus>>;

export const TASK_MOVES = {
  unlock: { from: ['Waiting'], to: 'Ready' },
  skip: { from: ['Waiting'], to: 'NotRun' },
  claim: { from: ['Ready'], to: 'Executing' },
  // Every move of a held task back to Ready starts from Executing alone: a task marked for stopping never gets back.
  undoClaim: { from: ['Executing'], to: 'Ready' },
  dropClaim: { from: HELD_TASK_STATUSES, to: 'NotRun' },
  retry: { from: ['Executing'], to: 'Ready' },
  restart: { from: ['Executing'], to: 'Ready' },
  finish: { from: HELD_TASK_STATUSES, to: 'Finished' },
  fail: { from: HELD_TASK_STATUSES, to: 'Error' },
  interrupt: { from: ['Executing'], to: 'Error' },
  drop: { from: UNSTARTED_TASK_STATUSES, to: 'NotRun' },
  // Only as part of a requeue of the job: the one way out of a final status.
  requeue: { from: FINAL_TASK_STATUSES, to: 'Ready' },
  requeueWaiting: { from: FINAL_TASK_STATUSES, to: 'Waiting' },
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
  declareLost: { from: ALIVE_SERVER_STATUSES, to: 'Lost' },
  proveStopped: { from: [...ALIVE_SERVER_STATUSES, 'Lost'], to: 'Stopped' },
} as const satisfies Record<string, Move<ServerStatus>>;

export const ABORT_MOVES = {
  // The last of its servers is past its drain: from now on the abort cannot be withdrawn.
  restart: { from: ['Draining'], to: 'Restarting' },
  // A server can be lost, proven stopped and settled while it drains: so an abort can end from each open status.
  complete: { from: OPEN_ABORT_STATUSES, to: 'Completed' },
  withdraw: { from: OPEN_ABORT_STATUSES, to: 'Withdrawn' },
  fail: { from: OPEN_ABORT_STATUSES, to: 'Failed' },
} as const satisfies Record<string, Move<AbortStatus>>;
