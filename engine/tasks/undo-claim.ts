/** Undoes a claim whose handler never ran, or drops it if the task may no longer run. */
import { returnedKey, statusKey, type Task } from '#domain/tasks/task';
import type { Item } from '#store/dynamodb/guarded-write';
import { taskEndOf } from '#store/expiry';
import { HELD } from '#store/tasks';
import { ENDED, moveClaimed } from './claimed.ts';

/** Makes the task Ready again (true), or `NotRun` if it was marked for stopping in between. 3 WCU. */
export async function undoClaim(task: Task): Promise<boolean> {
  const undone = await moveClaimed(task, 'undoClaim', without(task, { readyKey: returnedKey(task) }, HELD));
  if (!undone.applied) await dropClaim(task, new Date().toISOString());
  return undone.applied;
}

/** Ends the task as `NotRun`: its job may not run any more. 4 WCU. */
export async function dropClaim(task: Task, now: string): Promise<void> {
  const end = { ...taskEndOf(now), readyKey: statusKey(task, 'NotRun') };
  await moveClaimed(task, 'dropClaim', without(task, end, ENDED));
}

/** The change, and the number of attempts as before the claim: a task without any may be claimed with others. */
function without({ attempt }: Task, set: Item, remove: readonly string[]) {
  return attempt > 1 ? { set: { ...set, attempt: attempt - 1 }, remove } : { set, remove: [...remove, 'attempt'] };
}
