/** Writes the tallies of this process, soon after they change. */
import { guardedWrite, type Item } from '#store/dynamodb/guarded-write';
import { taskExpiryOf } from '#store/expiry';
import { eachInParallel } from '#store/in-parallel';
import { placesPart } from './count-rows.ts';
import { changedTallies, type Tally } from './tallies.ts';

/** How old what other processes see may become. */
export const KEEP_COUNTS_MS = 500;
const WRITES_AT_ONCE = 8;

let writing: Promise<void> = Promise.resolve();

/**
 * Keeps the counts while the act runs, and once more when it has ended. A fault of it fails no act: what could not be
 * written is written with the next change, and a job's counts are exact at its end. 1 WCU for each job whose tasks were
 * moved, each `KEEP_COUNTS_MS`; 1 for each KB of places when it has finished a task in another shard than before.
 */
export async function keepingCounts<T>(act: () => Promise<T>): Promise<T> {
  const stop = keepCounts();
  try {
    return await act();
  } finally {
    await stop();
  }
}

/** Keeps the counts until the function that it returns is called, which writes them once more. */
export function keepCounts(): () => Promise<void> {
  const timer = setInterval(tryWritingCounts, KEEP_COUNTS_MS);
  return async () => {
    clearInterval(timer);
    await tryWritingCounts();
  };
}

/** Writes every tally that has changed, one after the other call: an older number never follows a newer one. */
export function writeCounts(): Promise<void> {
  writing = writing.catch(() => undefined).then(() => eachInParallel(changedTallies(), WRITES_AT_ONCE, writeTally));
  return writing;
}

/** `writeCounts`, but a fault of it holds nothing up: the next call tries again. */
export function tryWritingCounts(): Promise<void> {
  return changedTallies().length === 0 ? Promise.resolve() : writeCounts().catch(() => undefined);
}

/** What goes out of the row is first kept in another one. */
async function writeTally(tally: Tally): Promise<void> {
  const { jobId, part, places, doubtAt, changes } = tally;
  // As they are now, together: a task may finish between the two writes.
  const [counts, place] = [{ ...tally.counts }, places.latest];
  const { moves } = places;
  if (moves > tally.writtenMoves) await writeRow({ jobId, part: placesPart(part) }, { places: places.all });
  tally.writtenMoves = moves;
  await writeRow({ jobId, part }, { counts, place, doubtAt });
  tally.written = changes;
}

/** A row has totals, not steps: written twice it is the same. A repeat that was under way for long is refused. */
async function writeRow(key: { jobId: string; part: string }, set: Item): Promise<void> {
  const at = new Date().toISOString();
  await guardedWrite({
    table: 'counts',
    key,
    // A task that has moved is kept as long from now on as its row.
    set: { ...set, at, expiresAt: taskExpiryOf(at) },
    when: [{ attribute: 'at', notAfter: at }],
  });
}
