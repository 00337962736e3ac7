/** Writes how an attempt ended. Each write is guarded by the claim and may be repeated. */
import { RecordRefused } from '#domain/errors';
import { MAX_ERROR_CHARACTERS } from '#domain/limits';
import { retryDelaySeconds } from '#domain/tasks/retries';
import type { StopCause } from '#domain/tasks/settlement';
import type { Task } from '#domain/tasks/task';
import { enterDispatch } from '#engine/jobs/offer-job';
import { endByForce } from '#engine/servers/settle-server';
import { failTask, finishTask } from '#engine/tasks/claim-task';
import type { Ending, ErrorEnding } from '#server/execution/ending';
import { log } from '#server/log';

/** Why an attempt was stopped by force. */
export type StopReason = { readonly cause: StopCause; readonly abortId?: string };
type Ended = { readonly task: Task; readonly stopReason?: StopReason };

/**
 * Records the end of an attempt. If DynamoDB refuses the record for good, a repeat would fail for ever and the job
 * would never end: the task is then recorded as an Error that fits, `EndNotKept`.
 */
export async function recordEnd(attempt: Ended, ending: Ending, now: string): Promise<void> {
  try {
    await recordAsIs(attempt, ending, now);
  } catch (error) {
    if (!(error instanceof RecordRefused)) throw error;
    const { task } = attempt;
    log('DynamoDB refuses the end of a task; it is recorded as an error.', { error, taskId: task.taskId });
    const instead = { name: 'EndNotKept', message: error.message.slice(0, MAX_ERROR_CHARACTERS) };
    await failTask({ ...task, attempts: [] }, instead, { now });
  }
}

async function recordAsIs(attempt: Ended, ending: Ending, now: string): Promise<void> {
  if (ending.outcome === 'Finished') await finishTask(attempt.task, JSON.stringify(ending.result), now);
  else if (ending.outcome === 'Error') await recordFailure(attempt.task, ending, now);
  else await recordStop(attempt, now);
}

async function recordFailure(task: Task, { error: { name, message } }: ErrorEnding, now: string): Promise<void> {
  const failed = await failTask(task, { name, message }, { now, ...retryOf(task) });
  if (failed === 'Retrying') await enterDispatch(task.jobId);
}

function retryOf(task: Task): { retryAt?: string } {
  if (task.failures >= task.maxRetries) return {};
  const delayMs = retryDelaySeconds(task.failures + 1, Math.random()) * 1000;
  return { retryAt: new Date(Date.now() + delayMs).toISOString() };
}

async function recordStop({ task, stopReason }: Ended, now: string): Promise<void> {
  // Most tasks that a task abort stops are Cancelling. The guarded write decides; this only saves a second write.
  const held: Task = stopReason?.abortId === undefined ? task : { ...task, status: 'Cancelling' };
  const why = { cause: stopReason?.cause ?? 'ServerStopped', abortId: stopReason?.abortId } as const;
  const fate = await endByForce(held, why, now);
  if (fate === 'restart') await enterDispatch(task.jobId);
}
