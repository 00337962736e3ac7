/** What happens to a task that was still held when its server had stopped. */
import { MAX_ATTEMPTS_KEPT, MAX_ERRORS_IN_FULL } from '#domain/limits';
import type { Attempt, Task } from './task.ts';

/** Why an attempt was ended by force. `TaskAbort`: the attempt alone was stopped, its server lives on. */
export type StopCause = 'ServerLost' | 'ServerRestart' | 'ServerStopped' | 'TaskAbort';
/** The move that settles a held task. */
export type Fate = 'restart' | 'interrupt' | 'stop';

/** The move that settles the task; undefined if no server holds it any more. */
export function fateOf(task: Task): Fate | undefined {
  if (task.status === 'Cancelling') return 'stop';
  if (task.status !== 'Executing') return undefined;
  return task.restartable ? 'restart' : 'interrupt';
}

/** The task's attempts and the running one, ended like this; only the newest `MAX_ATTEMPTS_KEPT` are kept. */
export function endedAttempts(task: Task, end: Omit<Attempt, 'attempt' | 'serverId' | 'startedAt'>): Attempt[] {
  const ended: Attempt = {
    attempt: task.attempt,
    serverId: task.serverId ?? '',
    startedAt: task.startedAt ?? '',
    ...end,
  };
  const kept = [...task.attempts, ended].slice(-MAX_ATTEMPTS_KEPT);
  return kept.map((attempt, index) => (kept.length - index > MAX_ERRORS_IN_FULL ? withShortError(attempt) : attempt));
}

/** Stacks and causes of many attempts would exceed what one record can hold. */
function withShortError({ error, ...attempt }: Attempt): Attempt {
  return error === undefined ? attempt : { ...attempt, error: { name: error.name, message: error.message } };
}
