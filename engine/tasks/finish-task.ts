import { endedAttempts } from '#domain/tasks/settlement';
import type { Task } from '#domain/tasks/task';
import { taskEndOf } from '#store/expiry';
import { packText } from '#store/packed-text';
import { ENDED, moveClaimed } from './claimed.ts';

/**
 * Records that the handler returned; false if this claim no longer holds the task. 3 WCU.
 * @throws RecordRefused like `moveClaimed`
 */
export async function finishTask(task: Task, result: string | undefined, now: string): Promise<boolean> {
  const attempts = endedAttempts(task, { endedAt: now, outcome: 'Finished' });
  const kept = result === undefined ? undefined : packText(result);
  const set = { result: kept, attempts, ...taskEndOf(now) };
  const written = await moveClaimed(task, 'finish', { set, remove: ENDED });
  return written.applied;
}
