/**
 * The end of an abort: one guarded write with the outcome of each task and server. Then its events are told and its
 * record is closed.
 */
import { type Abort, type AbortedTask, isWithdrawn, type Restart } from '#domain/aborts/abort';
import { ABORT_MOVES } from '#domain/status-moves';
import { isFinalAbort } from '#domain/statuses';
import { tellAbort } from '#engine/tell-events';
import { findAbort, setOnAbort, toAbort } from '#store/aborts';
import { guardedWrite } from '#store/dynamodb/guarded-write';
import { endOf } from '#store/expiry';
import { readProgress } from '#store/reads/abort-progress';

/**
 * Ends the abort if nothing that it asked for is outstanding. Returns the abort if it has ended, undefined while it
 * goes on. A task abort is over when each attempt that it names has ended, a server abort when each server is settled
 * or withdrawn. Repeating it does no harm.
 */
export async function completeAbort(abortId: string): Promise<Abort | undefined> {
  const abort = await findAbort(abortId);
  if (!abort || isFinalAbort(abort.status)) return abort;
  const [tasks, bystanders, restarts] = await readProgress(abort);
  const isOver =
    abort.mode === 'task'
      ? tasks.every((task) => task.outcome !== undefined)
      : restarts.every((each) => each.settledAt ?? each.withdrawnAt);
  if (!isOver && !abort.failure) return undefined;
  return endAbort(abort, endOfAbort(abort, restarts), { tasks, bystanders, restarts });
}

/** Tells the events of an abort that has ended, and closes its record. Until then the reaper comes back to it. */
export async function closeAbort(abort: Abort): Promise<void> {
  await tellAbort(abort);
  await setOnAbort(abort.abortId, { phase: 'Final' }, [{ attribute: 'status', in: [abort.status] }]);
}

/** A noted failure stays one, even if the servers that it gave back look withdrawn. */
function endOfAbort({ failure }: Abort, restarts: readonly Restart[]): 'fail' | 'withdraw' | 'complete' {
  if (failure) return 'fail';
  return isWithdrawn(restarts) ? 'withdraw' : 'complete';
}

type End = Pick<Abort, 'bystanders'> & {
  readonly tasks: readonly AbortedTask[];
  readonly restarts: readonly Restart[];
};

async function endAbort({ abortId }: Abort, move: keyof typeof ABORT_MOVES, end: End): Promise<Abort> {
  const tasks = end.tasks.map(({ outcome = 'NotStopped', ...task }) => ({ ...task, outcome }));
  const bystanders = end.bystanders.map(({ outcome = 'Undisturbed', ...task }) => ({ ...task, outcome }));
  const written = await guardedWrite({
    table: 'aborts',
    key: { abortId },
    set: { ...end, tasks, bystanders, ...endOf(new Date().toISOString()) },
    move: ABORT_MOVES[move],
    when: [],
  });
  const ended = toAbort(written.item ?? {});
  if (written.applied) await closeAbort(ended);
  return ended;
}
