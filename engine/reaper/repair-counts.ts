/** The counts of an open job are made right again after a process has died, or has lost the reply to a write. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Job, PartialCounts, TaskCounts } from '#domain/jobs/job';
import { TASK_STATUSES } from '#domain/statuses';
import { areDoubted, correctionIn, readCountRows, sumOfRows, writeCorrection } from '#store/counts/count-rows';
import { KEEP_COUNTS_MS, writeCounts } from '#store/counts/keep-counts';
import { doubtCounts } from '#store/counts/tallies';
import { recordedCounts } from '#store/reads/counting';

/** By then every process has written what it had moved before the count, and what it moved during the count. */
const QUIET_MS = 3 * KEEP_COUNTS_MS;

/**
 * Counts the tasks of an open job anew if a process has doubted its counts since they were last counted. The result
 * holds only if no task moved meanwhile; else the next call tries again. 0.5 RCU; if doubted, 1 RCU for each 4 KB of
 * tasks, and 1 WCU.
 * @throws MalformedRecord
 */
export async function repairCounts(job: Job, quietMs = QUIET_MS): Promise<void> {
  // In its first run, no task has moved before its start.
  if (job.startedAt === undefined && job.run === 1) return;
  if (areDoubted(await readCountRows(job, { consistent: false }))) await countAnew(job, quietMs);
}

/**
 * Counts the tasks of a requeued job whose pass goes on where another ended, which may have died before it wrote its
 * counts. No server may see the job yet. If they are wrong, they are counted anew like by `repairCounts`, and in doubt
 * until that has worked. 1 RCU for each 4 KB of tasks, twice that and 2 WCU if they are wrong.
 * @throws MalformedRecord
 */
export async function checkCounts(job: Job, quietMs = QUIET_MS): Promise<void> {
  if (!job.countsBase) return;
  const { counted } = await readSum(job, job.countsBase);
  if (isDeepStrictEqual(counted, await recordedCounts(job))) return;
  doubtCounts(job.jobId, job.run);
  await countAnew(job, quietMs);
}

async function countAnew(job: Job, quietMs: number): Promise<void> {
  const { countsBase } = job;
  if (!countsBase) return;
  await writeCounts();
  const at = new Date().toISOString();
  const before = await readSum(job, countsBase);
  const recorded = await recordedCounts(job);
  await sleep(quietMs);
  const after = await readSum(job, countsBase);
  // No row was written meanwhile, and this process has moved nothing either.
  const isQuiet = isDeepStrictEqual(before, after);
  const known = correctionIn(after.rows)?.counts;
  if (isQuiet) await writeCorrection(job, { at, counts: corrected(known, recorded, after.counted) });
}

async function readSum(job: Job, base: PartialCounts) {
  const rows = await readCountRows(job);
  return { rows, counted: sumOfRows(base, rows, job) };
}

/** The correction so far, and what it still lacks. */
function corrected(before: PartialCounts = {}, recorded: TaskCounts, counted: TaskCounts): PartialCounts {
  const changes = TASK_STATUSES.map((status) => [status, (before[status] ?? 0) + recorded[status] - counted[status]]);
  return Object.fromEntries(changes);
}
