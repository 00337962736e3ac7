/** What happens to a task that was still held when its server had stopped. */
import { MAX_ATTEMPTS_KEPT, MAX_ERRORS_IN_FULL, MAX_SERVER_LOSSES } from '#domain/limits';
import type { Attempt, Task } from './task.ts';

/** Why an attempt was ended by force. `TaskAbort`: the attempt alone was stopped, its server lives on. */
export type StopCause = 'ServerLost' | 'ServerRestart' | 'ServerStopped' | 'TaskAbort';
/** The cause of a task that has seen `MAX_SERVER_LOSSES`: it may be what its servers are lost by, so it ends. */
export const LOST_TOO_OFTEN = 'LostTooOften';
/** The move that settles a held task. */
export type Fate = 'restart' | 'interrupt' | 'stop';

/** How an attempt came to be ended by force. */
export type Stop = {
  readonly cause: StopCause;
  /** The server was lost by itself, so what it ran may be why. */
  readonly isSuspect?: boolean | undefined;
};

/** The move that settles the task; undefined if no server holds it any more. */
export function fateOf(task: Losable, stop?: Stop): Fate | undefined {
  if (task.status === 'Cancelling') return 'stop';
  if (task.status !== 'Executing') return undefined;
  return task.restartable && lossesOf(task, stop) < MAX_SERVER_LOSSES ? 'restart' : 'interrupt';
}

type Losable = Pick<Task, 'status' | 'restartable' | 'losses'>;

/** How many servers were lost by themselves while they ran the task, this one included. */
export function lossesOf({ losses = 0 }: Pick<Task, 'losses'>, stop?: Stop): number {
  return stop?.cause === 'ServerLost' && stop.isSuspect ? losses + 1 : losses;
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
