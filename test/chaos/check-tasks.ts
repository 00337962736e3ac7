/** A task's status against its attempts, and against the tasks that it depends on. */
import { MAX_SERVER_LOSSES } from '#domain/limits';
import { isFinalTask } from '#domain/statuses';
import type { Dependency } from '#domain/tasks/task';
import { nameOf } from '#test/support/witness/runs';
import type { Evidence } from './evidence.ts';
import type { JobWithTasks, Task } from './records.ts';

const OUTCOMES: Readonly<Record<string, readonly string[]>> = {
  Finished: ['Finished'],
  Error: ['Error', 'Interrupted'],
  Cancelled: ['Cancelled'],
};

/** Each attempt has one outcome, follows its predecessor's end, and the last one is the task's own. */
export function checkAttempts({ trail }: Evidence, task: Task): void {
  const { status, attempts } = task;
  const last = attempts.at(-1)?.outcome ?? 'none';
  trail.violate('A task is open in a final job (I2)', { task }, !isFinalTask(status));
  trail.violate('A final task is held', { task }, task.serverId !== undefined);
  trail.violate('The number of attempts is not that of those listed', { task }, task.attempt !== attempts.length);
  trail.violate('The status is not that of the last attempt', { task }, !(OUTCOMES[status]?.includes(last) ?? true));
  for (const [index, { attempt, startedAt, endedAt = '', outcome }] of attempts.entries()) {
    const before = attempts[index - 1]?.endedAt ?? '';
    trail.violate('Attempts are not numbered one by one', { task }, attempt !== index + 1);
    trail.violate('An attempt has no outcome', { task }, endedAt === '' || outcome === undefined);
    trail.violate('An attempt starts before its predecessor ended', { task }, before > startedAt);
    trail.violate('An attempt ended before it started', { task }, endedAt < startedAt);
  }
}

/** What an attempt was followed by: a retry, a restart, or nothing. Only within the last run of the job. */
export function checkFollowers({ trail, lastRequeueMs }: Evidence, task: Task): void {
  const own = task.attempts.filter(({ startedAt }) => Date.parse(startedAt) > lastRequeueMs(task.jobId));
  const failed = own.filter(({ outcome }) => outcome === 'Error').length;
  const facts = { task, failed };
  if (failed > task.maxRetries + 1) trail.violate('A task failed more often than it may be retried', facts);
  for (const { outcome } of own.slice(0, -1)) {
    const mayFollow = outcome === 'Error' || (outcome === 'Interrupted' && task.restartable);
    if (!mayFollow) trail.violate('An attempt was followed by another', { ...facts, outcome });
  }
  const wasLast = own.at(-1)?.outcome;
  // A cancel drops a task that waits for its next attempt: what came before had failed or was interrupted.
  if (task.status === 'NotRun' && (wasLast === 'Finished' || wasLast === 'Cancelled'))
    trail.violate('A task that is NotRun has run to its end', facts);
  const mayEnd = !task.restartable || (task.losses ?? 0) >= MAX_SERVER_LOSSES;
  if (task.status === 'Error' && wasLast === 'Interrupted' && !mayEnd)
    trail.violate('A restartable task was ended by the stop of its server', facts);
}

/**
 * Those that ran had their condition met before; those that did not run could not have it met, unless the job was
 * cancelled.
 */
export function checkDependencies(evidence: Evidence, { job, tasks }: JobWithTasks): void {
  const byId = new Map(tasks.map((task) => [task.taskId, task]));
  const sinceMs = evidence.lastRequeueMs(job.jobId);
  for (const task of tasks) {
    const others = (task.dependsOn ?? []).map((each) => ({ ...each, of: byId.get(each.taskId) }));
    const first = (evidence.runs.get(nameOf(task)) ?? []).find(({ firstMs }) => firstMs > sinceMs);
    const facts = () => ({ job, task, others, first });
    if (task.status === 'NotRun' && first && job.status !== 'Cancelled')
      evidence.trail.violate('A task that is NotRun has run', facts());
    if (task.status === 'NotRun' && job.status !== 'Cancelled' && isMet(task, others))
      evidence.trail.violate('A task did not run although its condition was met', facts());
    if (first && others.length > 0 && !isMet(task, others, first.firstMs))
      evidence.trail.violate('A task ran although its condition was not met', facts());
  }
}

type Other = Dependency & { readonly of: Task | undefined };

/** Whether the condition was met by what had ended before that time. */
function isMet(task: Task, others: readonly Other[], beforeMs = Number.POSITIVE_INFINITY): boolean {
  const met = others.map(({ expected, of }) => {
    if (!of || Date.parse(of.endedAt ?? '') > beforeMs) return false;
    return of.status === expected || (expected === 'FinishedOrError' && ['Finished', 'Error'].includes(of.status));
  });
  return task.dependencyCondition === 'Any' ? met.some(Boolean) : met.every(Boolean);
}
