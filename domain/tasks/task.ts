import * as z from 'zod';
import { TASK_STATUSES } from '#domain/statuses';

export const EXPECTATIONS = ['Finished', 'Error', 'FinishedOrError'] as const;
const dependencySchema = z.strictObject({ taskId: z.string(), expected: z.enum(EXPECTATIONS) });
/** A task that must end first, and how it must end. */
export type Dependency = z.infer<typeof dependencySchema>;

const errorFields = {
  name: z.string(),
  message: z.string(),
  /** Such as ECONNREFUSED. */
  code: z.string().optional(),
  stack: z.string().optional(),
};
export const taskErrorSchema = z.object({
  ...errorFields,
  /** What it came from, the nearest first: its cause, the cause of that, and the errors that these put together. */
  causes: z.array(z.object(errorFields)).optional(),
});
/** The error with which a handler failed. Only the newest attempts keep stacks and causes. */
export type TaskError = z.infer<typeof taskErrorSchema>;

/** How an attempt ended. `Interrupted`: its server stopped or was lost before the handler ended. */
const ATTEMPT_OUTCOMES = ['Finished', 'Error', 'Cancelled', 'Interrupted'] as const;
const attemptSchema = z.object({
  attempt: z.number(),
  serverId: z.string(),
  startedAt: z.string(),
  endedAt: z.string().optional(),
  outcome: z.enum(ATTEMPT_OUTCOMES).optional(),
  error: taskErrorSchema.optional(),
  /** Why it was stopped: a `StopCause`, or `LOST_TOO_OFTEN`. */
  cause: z.string().optional(),
  /** Why its server stopped, in the words of ECS. */
  reason: z.string().optional(),
  abortId: z.string().optional(),
});
/** One attempt of a task that has ended, or that runs. */
export type Attempt = z.infer<typeof attemptSchema>;

export const taskSchema = z.object({
  shardId: z.string(),
  taskId: z.string(),
  jobId: z.string(),
  /** Its number in its job, from 0. */
  index: z.number(),
  name: z.string(),
  handler: z.string(),
  input: z.string().optional(),
  status: z.enum(TASK_STATUSES),
  batchGroup: z.string(),
  maxRetries: z.number(),
  restartable: z.boolean(),
  ignoreFailure: z.boolean(),
  timeoutSeconds: z.number().optional(),
  dependsOn: z.array(dependencySchema).optional(),
  dependencyCondition: z.enum(['All', 'Any']).optional(),
  /** The tasks that depend on this one. */
  dependents: z.array(z.string()).optional(),
  /** The run of its job to which its status belongs: the last one that made it ready again, or kept it. */
  run: z.number(),
  createdAt: z.string(),
  endedAt: z.string().optional(),
  /** The number of attempts so far, with the running one. */
  attempt: z.number(),
  /** The number of attempts whose handler failed: only these use up retries. */
  failures: z.number(),
  /** The number of servers that were lost while they ran it, in this run of its job. */
  losses: z.number().optional(),
  /** The newest `MAX_ATTEMPTS_KEPT` attempts that have ended. */
  attempts: z.array(attemptSchema),
  serverId: z.string().optional(),
  claimId: z.string().optional(),
  startedAt: z.string().optional(),
  result: z.string().optional(),
  /** Present while an abort waits until the handler leaves a wait that cannot be interrupted. */
  waitingFor: z.string().optional(),
  cause: z.string().optional(),
  abortId: z.string().optional(),
});
/** A task as its record has it. `input` and `result` are JSON text, as JavaScript writes the values. */
export type Task = z.infer<typeof taskSchema>;

/** What a task has if its record does not say it. */
export const TASK_DEFAULTS = {
  maxRetries: 0,
  restartable: false,
  ignoreFailure: false,
  attempt: 0,
  failures: 0,
} as const;

export const heldTaskSchema = taskSchema
  .pick({
    shardId: true,
    taskId: true,
    jobId: true,
    status: true,
    handler: true,
    losses: true,
    attempt: true,
    run: true,
  })
  .extend({
    serverId: z.string(),
    claimId: z.string(),
    startedAt: z.string(),
    restartable: z.boolean().default(TASK_DEFAULTS.restartable),
  });
/** A task that a server holds, as the index of held tasks has it. */
export type HeldTask = z.infer<typeof heldTaskSchema>;

/** The time before which the Ready task with this key may not start; empty if it may start now. */
export function notBeforeOf(key: string): string {
  return key.split('#')[1] ?? '';
}

/** One text for the key of a task. No other task has it. */
export function idOfKey({ shardId, taskId }: { readonly shardId: string; readonly taskId: string }): string {
  return `${shardId}/${taskId}`;
}

/** The batch group of the Ready task with this key. */
export function groupOfReadyKey(key: string): string {
  return key.split('#')[0] ?? '';
}

/**
 * The sort key of Ready tasks in a group: those that may start now come before those that wait for a time. Each time
 * that a task becomes Ready it has another key, by a time or by a mark. A claim names the key: so one that arrives
 * late, when the task was claimed and given back since, is refused.
 */
export function readyKey(task: { batchGroup: string; taskId: string }, notBefore = '', mark = ''): string {
  return `${task.batchGroup}#${notBefore}#${task.taskId}${mark === '' ? '' : `#${mark}`}`;
}

/** The ready key of a task that this claim, or the end of it by force, gives back. */
export function returnedKey(task: { batchGroup: string; taskId: string; claimId?: string | undefined }): string {
  return readyKey(task, '', task.claimId?.slice(0, MARK_CHARACTERS));
}
/** Of a claim's id: the keys of one task need not differ by more. */
const MARK_CHARACTERS = 8;

/** What sets apart the ready keys of a run. */
export function runMark({ run }: { readonly run: number }): string {
  return run === 1 ? '' : `run${run}`;
}

/** No batch group has it in its name: keys of tasks that are not Ready begin with it, and come after all others. */
export const NOT_READY = '~';

/** The same key of a task that waits, or that has ended in another way than most: so a list of these finds it. */
export function statusKey({ taskId }: { taskId: string }, status: KeyedStatus): string {
  return `${NOT_READY}${status}#${taskId}`;
}
/** The statuses with a key of their own. Held tasks are found by their servers; Finished ones pay for no entry. */
type KeyedStatus = 'Waiting' | 'Error' | 'NotRun' | 'Cancelled';
