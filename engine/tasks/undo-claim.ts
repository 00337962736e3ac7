/** Undoes a claim whose handler never ran, or drops it if the task may no longer run. */
import { groupOfReadyKey, returnedKey, statusKey, type Task } from '#domain/tasks/task';
import { guardedWrite, type Item } from '#store/dynamodb/guarded-write';
import { taskEndOf } from '#store/expiry';
import { HELD, keyOf, toTasks } from '#store/tasks';
import type { Claim } from './claim-together.ts';
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

/**
 * Undoes a claim that may have been made, and may still be: its request has failed. A task that it has not claimed gets
 * another ready key, so that the request is refused if it arrives later. 3 WCU; 4 if the claim was made.
 */
export async function undoUnknownClaim({ key, claimId }: Claim): Promise<void> {
  const { readyKey = '', taskId } = key;
  const written = await guardedWrite({
    table: 'tasks',
    key: keyOf(key),
    set: { readyKey: returnedKey({ batchGroup: groupOfReadyKey(readyKey), taskId, claimId }) },
    when: [
      { attribute: 'status', in: ['Ready'] },
      { attribute: 'readyKey', in: [readyKey] },
    ],
  });
  const [made] = written.applied || written.item?.claimId !== claimId ? [] : toTasks([written.item]);
  if (made) await undoClaim(made);
}

/** The change, and the number of attempts as before the claim: a task without any may be claimed with others. */
function without({ attempt }: Task, set: Item, remove: readonly string[]) {
  return attempt > 1 ? { set: { ...set, attempt: attempt - 1 }, remove } : { set, remove: [...remove, 'attempt'] };
}
