import { endedAttempts } from '#domain/tasks/settlement';
import { readyKey, statusKey, type Task, type TaskError } from '#domain/tasks/task';
import { taskEndOf } from '#store/expiry';
import { HELD } from '#store/tasks';
import { ENDED, moveClaimed } from './claimed.ts';

/**
 * Records that the handler failed: the task is `Ready` again from `retryAt` on while retries are left (`Retrying`),
 * else `Error`. Undefined if this claim no longer holds the task. 3 WCU, 4 for an `Error`, and 3
 * more if the retry is refused.
 * @throws RecordRefused like `moveClaimed`
 */
export async function failTask(
  task: Task,
  error: TaskError,
  at: { now: string; retryAt?: string },
): Promise<'Retrying' | 'Error' | undefined> {
  const set = {
    attempts: endedAttempts(task, { endedAt: at.now, outcome: 'Error', error }),
    failures: task.failures + 1,
  };
  if (at.retryAt !== undefined) {
    const retrying = { ...set, readyKey: readyKey(task, at.retryAt) };
    if ((await moveClaimed(task, 'retry', { set: retrying, remove: HELD })).applied) return 'Retrying';
  }
  const end = { ...set, ...taskEndOf(at.now), readyKey: statusKey(task, 'Error') };
  const failed = await moveClaimed(task, 'fail', { set: end, remove: ENDED });
  return failed.applied ? 'Error' : undefined;
}
