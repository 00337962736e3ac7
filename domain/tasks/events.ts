/** The event of an attempt that ended by force, read from the task's record. */
import { LOST_TOO_OFTEN } from './settlement.ts';
import type { Task } from './task.ts';

/** What happened to a task whose attempt was ended by force. */
export type SettledEvent = {
  /** ISO-8601, UTC. */
  readonly at: string;
  readonly type: 'TaskRestarting' | 'TaskInterrupted' | 'TaskStopped';
  readonly taskId: string;
  readonly attempt: number;
  readonly serverId: string;
  readonly cause: string;
  /** Why its server stopped, in the words of ECS. */
  readonly reason?: string | undefined;
  readonly abortId?: string | undefined;
};

/** The event of an attempt that was ended by force; undefined if the attempt still runs or ended otherwise. */
export function eventOfAttempt(task: Task, number: number): SettledEvent | undefined {
  const ended = task.attempts.find(({ attempt }) => attempt === number);
  if (!ended?.cause || ended.endedAt === undefined) return undefined;
  const { attempt, serverId, endedAt: at, cause, reason, abortId } = ended;
  const isStopped = ended.outcome === 'Cancelled';
  const isRestarting = task.restartable && cause !== LOST_TOO_OFTEN;
  const type = isStopped ? 'TaskStopped' : isRestarting ? 'TaskRestarting' : 'TaskInterrupted';
  return { at, type, taskId: task.taskId, attempt, serverId, cause, reason, abortId };
}
