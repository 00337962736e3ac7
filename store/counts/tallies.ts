/**
 * The moves of tasks that this process makes, added up. A tally is what they change in the counts of one run of a job.
 * `keep-counts.ts` writes it into a row of its own, which no other process writes: so no write of it ever conflicts.
 */
import { randomUUID } from 'node:crypto';
import type { PartialCounts } from '#domain/jobs/job';
import type { TaskStatus } from '#domain/statuses';
import { Places } from './places.ts';

/** What the moves of this process have changed in the counts of one run of a job. */
export type Tally = {
  readonly jobId: string;
  readonly run: number;
  /** The sort key of its row: the run, and a name that no other tally ever has. */
  readonly part: string;
  readonly counts: PartialCounts;
  /** Where it has finished tasks. */
  readonly places: Places;
  /** Since when a move may be missing in the counts: one whose outcome was never known. */
  doubtAt?: string;
  /** How often it has changed, and how often it had when it was last written. */
  changes: number;
  written: number;
  /** The moves of its places when they were last written. */
  writtenMoves: number;
};

/** The tallies of more jobs than this are forgotten once they are written; a later move begins a new one. */
const MAX_TALLIES = 1_000;
const WRITER_CHARACTERS = 8;

const tallies = new Map<string, Tally>();
/** Jobs with a doubt that no tally notes yet. */
const unnoted = new Set<string>();

/** A move of a task of this job and run, which this process has made. */
type Moved = { readonly jobId: string; readonly run: number; readonly from: TaskStatus; readonly to: TaskStatus };

/** Counts a move that was made. */
export function countMove({ jobId, run, from, to }: Moved): void {
  const tally = tallyOf(jobId, run);
  tally.counts[from] = (tally.counts[from] ?? 0) - 1;
  tally.counts[to] = (tally.counts[to] ?? 0) + 1;
  tally.changes += 1;
}

/** Notes that this run of the job has a Finished task with this id in the shard. */
export function noteFinished({ jobId, run }: { jobId: string; run: number }, at: { shard: number; taskId: string }) {
  const tally = tallyOf(jobId, run);
  tally.places.note(at.shard, at.taskId);
  tally.changes += 1;
}

/**
 * Notes that moves of the job's tasks may be missing in its counts: the reaper then counts them anew. Without the run
 * and without a tally of the job, its next tally notes it.
 */
export function doubtCounts(jobId: string, run?: number): void {
  const doubted = run === undefined ? talliesOf(jobId) : [tallyOf(jobId, run)];
  for (const tally of doubted) {
    tally.doubtAt = new Date().toISOString();
    tally.changes += 1;
  }
  if (doubted.length === 0 && unnoted.size < MAX_TALLIES) unnoted.add(jobId);
}

/** The tallies of the job in this process. */
export function talliesOf(jobId: string): Tally[] {
  return [...tallies.values()].filter((tally) => tally.jobId === jobId);
}

/** The tallies that have changed since they were last written. */
export function changedTallies(): Tally[] {
  return [...tallies.values()].filter(({ changes, written }) => changes > written);
}

/** Forgets what this process knows of a job that has ended: its record has the counts from then on. */
export function forgetTallies(jobId: string): void {
  for (const { run } of talliesOf(jobId)) tallies.delete(keyOf(jobId, run));
  unnoted.delete(jobId);
}

function tallyOf(jobId: string, run: number): Tally {
  const key = keyOf(jobId, run);
  const part = `${run}#${randomUUID().slice(0, WRITER_CHARACTERS)}`;
  const tally = tallies.get(key) ?? newTally({ jobId, run, part });
  // The one that was used last is the last.
  tallies.delete(key);
  tallies.set(key, tally);
  if (unnoted.delete(jobId)) doubtCounts(jobId);
  if (tallies.size > MAX_TALLIES) forgetOldest();
  return tally;
}

function newTally(of: Pick<Tally, 'jobId' | 'run' | 'part'>): Tally {
  return { ...of, counts: {}, places: new Places(), changes: 0, written: 0, writtenMoves: 0 };
}

function forgetOldest(): void {
  const oldest = [...tallies].find(([, { changes, written }]) => changes > 0 && changes === written);
  if (oldest) tallies.delete(oldest[0]);
}

function keyOf(jobId: string, run: number): string {
  return `${jobId} ${run}`;
}
