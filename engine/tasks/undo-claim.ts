/** Undoes a claim whose handler never ran, or drops it if the task may no longer run. */
import { readyKey, statusKey, type Task } from '#domain/tasks/task';
import { taskEndOf } from '#store/expiry';
import { HELD } from '#store/tasks';
import { ENDED, moveClaimed } from './claimed.ts';

/** Makes the task Ready again (true), or `NotRun` if it was marked for stopping in between. 3 WCU. */
export async function undoClaim(task: Task): Promise<boolean> {
  const set = { attempt: task.attempt - 1, readyKey: readyKey(task) };
  const undone = await moveClaimed(task, 'undoClaim', { set, remove: HELD });
  if (!undone.applied) await dropClaim(task, new Date().toISOString());
  return undone.applied;
}

/** Ends the task as `NotRun`: its job may not run any more. 4 WCU. */
export async function dropClaim(task: Task, now: string): Promise<void> {
  const set = { attempt: task.attempt - 1, ...taskEndOf(now), readyKey: statusKey(task, 'NotRun') };
  await moveClaimed(task, 'dropClaim', { set, remove: ENDED });
}
