import { z } from 'zod';
import { TASK_STATUSES } from '#domain/statuses';

export const EXPECTATIONS = ['Finished', 'Error', 'FinishedOrError'] as const;
const dependencySchema = z.strictObject({ taskId: z.string(), expected: z.enum(EXPECTATIONS) });
export type Dependency = z.infer<typeof dependencySchema>;

const taskErrorSchema = z.object({ name: z.string(), message: z.string() });
export type TaskError = z.infer<typeof taskErrorSchema>;

/** What became of an attempt. `Interrupted`: its server stopped or was lost before the handler had ended. */
const ATTEMPT_OUTCOMES = ['Finished', 'Error', 'Cancelled', 'Interrupted'] as const;
const attemptSchema = z.object({
  attempt: z.number(),
  serverId: z.string(),
  startedAt: z.string(),
  endedAt: z.string().optional(),
  outcome: z.enum(ATTEMPT_OUTCOMES).optional(),
  error: taskErrorSchema.optional(),
  /** Why it was stopped: ServerRestart, ServerLost, ServerStopped, TaskAbort. */
  cause: z.string().optional(),
  abortId: z.string().optional(),
});
export type Attempt = z.infer<typeof attemptSchema>;

/** The record of a task. `input` and `result` are kept as JSON text: the values that were given, written by JavaScript. */
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
  /** The run of its job that its status belongs to: the last one that made it ready again or kept it. */
  run: z.number(),
  createdAt: z.string(),
  endedAt: z.string().optional(),
  /** Attempts so far, the running one included. */
  attempt: z.number(),
  /** Attempts that failed by themselves: only these use up retries. */
  failures: z.number(),
  /** Attempts that have ended, the newest `MAX_ATTEMPTS_KEPT` of them. */
  attempts: z.array(attemptSchema),
  serverId: z.string().optional(),
  claimId: z.string().optional(),
  startedAt: z.string().optional(),
  result: z.string().optional(),
  /** Present while an abort waits for the handler to come out of a wait that cannot be broken. */
  waitingFor: z.string().optional(),
  cause: z.string().optional(),
  abortId: z.string().optional(),
});
export type Task = z.infer<typeof taskSchema>;

/** The time before which the Ready task with this key may not start; empty when it may at once. */
export function notBeforeOf(key: string): string {
  return key.split('#')[1] ?? '';
}

/** Sorts Ready tasks of a group: those that may run at once come before those that wait for a time. */
export function readyKey(task: { batchGroup: string; taskId: string }, notBefore = ''): string {
  return `${task.batchGroup}#${notBefore}#${task.taskId}`;
}
