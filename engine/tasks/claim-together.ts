/** Claims of several tasks at once: one request writes them, and returns their records. */
import { randomUUID } from 'node:crypto';
import { RecordRefused } from '#domain/errors';
import { TASK_MOVES } from '#domain/status-moves';
import { notBeforeOf, type Task } from '#domain/tasks/task';
import type { BatchedChange, BatchedWrite } from '#store/dynamodb/guarded-writes';
import { writeAllTogether } from '#store/dynamodb/together/write-together';
import { keyOf, type ReadyTaskKey, toTasks } from '#store/tasks';

/** The comparison IN takes 100 values at most (DynamoDB Developer Guide, "IN operator in PartiQL"). */
const MAX_HANDLERS = 100;

/** A claim of this task: its own id is in all that it writes. */
export type Claim = { readonly key: ReadyTaskKey; readonly claimId: string };
type Claims = {
  readonly tasks: Task[];
  readonly claims: Claim[];
  readonly lost: Claim[];
  readonly lacking: Lacking[];
  readonly refused: Claim[];
  readonly others: Claim[];
};
/** The claim of a Ready task with another handler. */
type Lacking = { readonly claim: Claim; readonly task: Task };
type Outcome = BatchedWrite & { readonly claim: Claim; readonly claimer: Claimer };
type Claimer = { readonly serverId: string; readonly now: string; readonly handlers: readonly string[] };

/** A claim of the task that is not written yet. */
export function newClaim(key: ReadyTaskKey): Claim {
  return { key, claimId: randomUUID() };
}

/**
 * Claims those of the tasks that are Ready for their first attempt and have one of these handlers. `claims` are those
 * whose records did not come back: `readForStart` reads them. `lost` are no longer Ready, `lacking` have another
 * handler, and DynamoDB never takes the record of `refused`; `claimKnownTask` claims the others, or says why it does
 * not. Malformed tasks are logged and left out. 3 WCU each; refused, 1 WCU for each KB of the task, and 1 RCU.
 * @throws Throttled, OutOfTime: some may have been claimed
 */
export async function claimTogether(claims: readonly Claim[], claimer: Claimer): Promise<Claims> {
  const fits = claimer.handlers.length <= MAX_HANDLERS;
  const first = claims.filter(({ key }) => fits && key.readyKey !== undefined && notBeforeOf(key.readyKey) === '');
  const written = await writeAllTogether(first.map((claim) => claimOf(claim, claimer)));
  const others = claims.filter((claim) => !first.includes(claim));
  const result: Claims = { tasks: [], claims: [], lost: [], lacking: [], refused: [], others };
  for (const [index, claim] of first.entries()) {
    const outcome = written[index] ?? { applied: false };
    if (outcome instanceof RecordRefused) result.refused.push(claim);
    else sort(result, { claim, claimer, ...outcome });
  }
  return result;
}

function sort(result: Claims, { claim, claimer, applied, item: there }: Outcome): void {
  // The claim id also proves a success whose reply was lost and whose task a cancel has marked since.
  if (applied && there) result.tasks.push(...toTasks([there]));
  else if (applied || there?.claimId === claim.claimId) result.claims.push(claim);
  else if (there?.status !== 'Ready') result.lost.push(claim);
  else if (claimer.handlers.some((handler) => handler === there.handler)) result.others.push(claim);
  else result.lacking.push(...toTasks([there]).map((task) => ({ claim, task })));
}

/** A statement cannot add to a number: only a first attempt has a number that is known. */
function claimOf({ key, claimId }: Claim, { serverId, now, handlers }: Claimer): BatchedChange {
  return {
    table: 'tasks',
    key: keyOf(key),
    move: TASK_MOVES.claim,
    set: { serverId, claimId, startedAt: now, attempt: 1 },
    remove: ['readyKey'],
    when: [
      { attribute: 'readyKey', in: [key.readyKey] },
      { attribute: 'handler', in: handlers },
      { attribute: 'attempt', exists: false },
    ],
    isReturned: true,
  };
}
