/**
 * A claimed task: the claim's own id guards every write, so a server that lost its claim cannot overwrite its
 * successor.
 */
import { TASK_MOVES } from '#domain/moves';
import type { Task } from '#domain/tasks/task';
import { guardedWrite, type Item, type Written } from '#store/dynamodb/guarded-write';
import { keyOf } from '#store/tasks';

/** What a held task has, and loses when it is given back or ends. */
export const HELD = ['serverId', 'claimId', 'startedAt', 'waitingFor'] as const;
/** What a task loses when it becomes final. */
export const ENDED = [...HELD, 'openKey'] as const;

/**
 * Moves the task if this claim still holds it. 3 WCU, and 1 for an end that is not Finished.
 * @throws RecordRefused if DynamoDB never takes the record, for example because it is too large
 */
export function moveClaimed(
  task: Task,
  move: keyof typeof TASK_MOVES,
  change: { set: Item; remove: readonly string[] },
): Promise<Written> {
  return guardedWrite({
    table: 'tasks',
    key: keyOf(task),
    move: TASK_MOVES[move],
    ...change,
    when: [
      { attribute: 'serverId', in: [task.serverId] },
      { attribute: 'claimId', in: [task.claimId] },
    ],
  });
}

/** Notes what a forced stop waits for, for people to see. Changes no status. 1 WCU. */
export async function noteWaiting(task: Task, waitingFor: string): Promise<void> {
  await guardedWrite({
    table: 'tasks',
    key: keyOf(task),
    set: { waitingFor },
    when: [{ attribute: 'claimId', in: [task.claimId] }],
  });
}
