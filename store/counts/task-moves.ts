/** How guarded writes of tasks enter the counts: each knows from which status to which it has moved a task. */
import * as z from 'zod';
import { jobIdOf, shardNumber } from '#domain/jobs/shards';
import type { Move } from '#domain/status-moves';
import { TASK_STATUSES } from '#domain/statuses';
import { countMove, doubtCounts, noteFinished } from './tallies.ts';

/** Where a move with several possible origins leaves the one that it had. */
export const MOVED_FROM = 'movedFrom';

type Change = {
  readonly table: string;
  readonly key: Readonly<Record<string, string>>;
  readonly move?: Move<string>;
};

const runSchema = z.object({ run: z.number() });
const statusSchema = z.enum(TASK_STATUSES);

/** Whether the move must leave its origin in the record. */
export function leavesOrigin({ table, move }: Change): boolean {
  return table === 'tasks' && move !== undefined && move.from.length > 1;
}

/** Counts a write that was made, if it has moved a task. `item` is the record after the write. */
export function countTaskMove(change: Change, item: Readonly<Record<string, unknown>>): void {
  if (!change.move || change.table !== 'tasks') return;
  const from = leavesOrigin(change) ? item[MOVED_FROM] : change.move.from[0];
  countFrom(change, { from, run: item.run });
}

/** Counts a task's move from this status, in this run of its job; if one of them is unknown, it doubts the counts. */
export function countFrom({ table, key, move }: Change, at: { from: unknown; run: unknown }): void {
  if (!move || table !== 'tasks') return;
  const { shardId = '', taskId = '' } = key;
  const jobId = jobIdOf(shardId);
  const [run, from, to] = [runSchema.safeParse(at), statusSchema.safeParse(at.from), statusSchema.safeParse(move.to)];
  if (run.success && from.success && to.success) {
    countMove({ jobId, run: run.data.run, from: from.data, to: to.data });
    if (to.data === 'Finished') noteFinished({ jobId, run: run.data.run }, { shard: shardNumber(shardId), taskId });
  } else doubtCounts(jobId);
}

/** Notes that a task may have moved: the outcome of its write is not known. */
export function doubtTaskMove({ table, key, move }: Change): void {
  if (move && table === 'tasks') doubtCounts(jobIdOf(key.shardId ?? ''));
}
