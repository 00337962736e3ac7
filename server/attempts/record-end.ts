/** Writes how an attempt ended. Each write is guarded by the claim and may be repeated. */
import { refusedOrThrow } from '#domain/errors';
import { MAX_ERROR_CHARACTERS } from '#domain/limits';
import { retryDelaySeconds } from '#domain/tasks/retries';
import type { StopCause } from '#domain/tasks/settlement';
import type { Task } from '#domain/tasks/task';
import { failTask } from '#engine/tasks/fail-task';
import { finishTask } from '#engine/tasks/finish-task';
import { settleTask } from '#engine/tasks/settle-task';
import { undoClaim } from '#engine/tasks/undo-claim';
import type { Ending, ErrorEnding } from '#server/execution/ending';
import { log } from '#server/log';

/** Why an attempt was stopped by force; `reason` is for people. */
export type StopReason = { readonly cause: StopCause; readonly abortId?: string; readonly reason?: string };
type Ended = { readonly task: Task; readonly stopReason?: StopReason };

/**
 * Records the end of an attempt; returns whether the task may be Ready again. If DynamoDB refuses the record for good,
 * a repeat would fail for ever and the job would never end: the task is then recorded as an Error, `EndNotKept`.
 */
export async function recordEnd(attempt: Ended, ending: Ending, now: string): Promise<boolean> {
  try {
    return await recordAsIs(attempt, ending, now);
  } catch (error) {
    const { message } = refusedOrThrow(error);
    const { task } = attempt;
    log('DynamoDB refuses the end of a task; it is recorded as an error.', { error, taskId: task.taskId });
    const instead = { name: 'EndNotKept', message: message.slice(0, MAX_ERROR_CHARACTERS) };
    await failTask({ ...task, attempts: [] }, instead, { now });
    return false;
  }
}

async function recordAsIs(attempt: Ended, ending: Ending, now: string): Promise<boolean> {
  if (ending.outcome === 'NotStarted' || isGivenBack(attempt, ending)) return undoClaim(attempt.task);
  if (ending.outcome === 'Error') return recordFailure(attempt.task, ending, now);
  if (ending.outcome === 'Stopped') return recordStop(attempt, now);
  await finishTask(attempt.task, JSON.stringify(ending.result), now);
  return false;
}

/** Whether the server stopped before the handler ran. An abort has to say what became of the attempts that it stops. */
function isGivenBack({ stopReason }: Ended, ending: Ending): boolean {
  const isOwnStop = stopReason === undefined || stopReason.cause === 'ServerStopped';
  return ending.outcome === 'Stopped' && ending.hasRun === false && isOwnStop;
}

async function recordFailure(task: Task, { error }: ErrorEnding, now: string): Promise<boolean> {
  return (await failTask(task, error, { now, ...retryOf(task) })) === 'Retrying';
}

function retryOf(task: Task): { retryAt?: string } {
  if (task.failures >= task.maxRetries) return {};
  const delayMs = retryDelaySeconds(task.failures + 1, Math.random()) * 1000;
  return { retryAt: new Date(Date.now() + delayMs).toISOString() };
}

async function recordStop({ task, stopReason }: Ended, now: string): Promise<boolean> {
  // Most tasks that a task abort stops are Cancelling. The guarded write decides; this only saves a second write.
  const held: Task = stopReason?.abortId === undefined ? task : { ...task, status: 'Cancelling' };
  const fate = await settleTask(held, stopReason ?? { cause: 'ServerStopped' }, now);
  // If undefined, an earlier call may have made it Ready and then failed: offering its job once more does no harm.
  return fate === 'restart' || fate === undefined;
}
