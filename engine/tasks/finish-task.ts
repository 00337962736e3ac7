import type { Task } from '#domain/tasks/task';
import { taskEndOf } from '#store/expiry';
import { packText } from '#store/packed-text';
import { finishClaimed } from './claimed.ts';

/**
 * Records that the handler returned; false if this claim no longer holds the task. 3 WCU.
 * @throws RecordRefused, Throttled like `finishClaimed`
 */
export async function finishTask(task: Task, result: string | undefined, now: string): Promise<boolean> {
  const kept = result === undefined ? undefined : packText(result);
  return (await finishClaimed(task, { result: kept, ...taskEndOf(now) })).applied;
}
