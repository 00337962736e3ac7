/**
 * A claimed task: the claim's own id guards every write, so a server that lost its claim cannot overwrite its
 * successor.
 */
import { TASK_MOVES } from '#domain/status-moves';
import type { Task } from '#domain/tasks/task';
import { guardedWrite, type Item, type Written } from '#store/dynamodb/guarded-write';
import type { BatchedWrite } from '#store/dynamodb/guarded-writes';
import { writeTogether } from '#store/dynamodb/together/write-together';
import { HELD, keyOf } from '#store/tasks';

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
    when: holding(task),
  });
}

/**
 * Finishes the task if this claim still holds it, in one request with what else is written now. What a held task has
 * stays in the record: without the open key it says what its last attempt was. 3 WCU.
 * @throws RecordRefused like `moveClaimed`; Throttled: it may be finished
 */
export function finishClaimed(task: Task, set: Item): Promise<BatchedWrite> {
  return writeTogether({
    table: 'tasks',
    key: keyOf(task),
    move: TASK_MOVES.finish,
    set,
    remove: ['openKey'],
    when: [...holding(task), { attribute: 'run', in: [task.run] }],
  });
}

function holding({ serverId, claimId }: Task) {
  return [
    { attribute: 'serverId', in: [serverId] },
    { attribute: 'claimId', in: [claimId] },
  ];
}

/** Notes what a forced stop waits for, for people to see. Changes no status. 1 WCU. */
export async function noteWaiting(task: Task, waitingFor: string): Promise<void> {
  await guardedWrite({
    table: 'tasks',
    key: keyOf(task),
    set: { waitingFor },
    when: [
      { attribute: 'claimId', in: [task.claimId] },
      { attribute: 'openKey', exists: true },
    ],
  });
}
