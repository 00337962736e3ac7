/** One task as text: all that its list leaves out. */
import type { Task } from '#client/client';
import { waitWords } from '#domain/jobs/wait-words';
import { statusName } from '#domain/statuses';
import { pairsOf, tableOf } from './table.ts';
import { secondsBetween } from './times.ts';

type Attempt = Task['attempts'][number];

/** Its facts, what it got and returned, and each attempt with the whole message of its error. */
export function taskText(task: Task): string {
  const facts = pairsOf([
    ['Task', task.taskId],
    ['Name', task.name === task.taskId ? undefined : task.name],
    ['Job', task.jobId],
    ['Status', statusName(task.status)],
    ['Cause', task.cause],
    ['Waits for', task.waitingFor && waitWords(task.waitingFor)],
    ['Handler', task.handler],
    ['Batch group', task.batchGroup],
    ['Server', task.serverId],
    ['Depends on', dependenciesText(task)],
    ['Needed by', task.dependents?.join(', ')],
    ['Retries', task.maxRetries > 0 ? `${task.maxRetries} after a failure` : undefined],
    ['Input', jsonOf(task.input)],
    ['Result', jsonOf(task.result)],
  ]);
  return task.attempts.length === 0 ? facts : `${facts}\n\n${attemptsText(task.attempts)}`;
}

function dependenciesText({ dependsOn = [], dependencyCondition }: Task): string {
  const each = dependsOn.map(({ taskId, expected }) => `${taskId} (${expected})`);
  return each.join(dependencyCondition === 'Any' ? ' or ' : ', ');
}

function jsonOf(value: unknown): string | undefined {
  return value === undefined || value === null ? undefined : JSON.stringify(value);
}

function attemptsText(attempts: readonly Attempt[]): string {
  return tableOf<Attempt>(
    [
      { name: 'attempt', of: ({ attempt }) => attempt },
      { name: 'started', of: ({ startedAt }) => startedAt },
      { name: 'took', of: ({ startedAt, endedAt }) => endedAt && secondsBetween(startedAt, endedAt) },
      { name: 'outcome', of: ({ outcome }) => outcome },
      { name: 'server', of: ({ serverId }) => serverId },
      { name: 'why', of: whyOf },
    ],
    attempts,
    '',
  );
}

function whyOf({ error, cause, reason }: Attempt): string {
  const thrown = error && `${error.name}: ${error.message}`;
  return [thrown, cause, reason].filter(Boolean).join('; ');
}
