/** What becomes of a task that was still held when its server had stopped. */
import { MAX_ATTEMPTS_KEPT } from '#domain/limits';
import type { Attempt, Task } from './task.ts';

/** `TaskAbort`: the run alone was stopped, its server lives on. */
export type StopCause = 'ServerLost' | 'ServerRestart' | 'ServerStopped' | 'TaskAbort';
export type Fate = 'restart' | 'interrupt' | 'stop';

/** The move that settles a held task; none when it is not held any more. */
export function fateOf(task: Task): Fate | undefined {
  if (task.status === 'Cancelling') return 'stop';
  if (task.status !== 'Executing') return undefined;
  return task.restartable ? 'restart' : 'interrupt';
}

/** The task's attempts with the one that runs now added as ended so; the oldest ones go when there are too many. */
export function endedAttempts(task: Task, end: Omit<Attempt, 'attempt' | 'serverId' | 'startedAt'>): Attempt[] {
  const ended: Attempt = {
    attempt: task.attempt,
    serverId: task.serverId ?? '',
    startedAt: task.startedAt ?? '',
    ...end,
  };
  return [...task.attempts, ended].slice(-MAX_ATTEMPTS_KEPT);
}
