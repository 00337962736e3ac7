/** Large jobs beside what the users submit, so that a trial comes to as many tasks as it is to have. */
import { setTimeout as sleep } from 'node:timers/promises';
import { drawLargeJob } from './submissions.ts';
import { submitJob, type User } from './users.ts';

/** All tasks are submitted in this share of the time: most are to run while there is trouble. */
const SHARE_OF_TIME = 0.75;
const PAUSE_MS = 500;

/** Submits at an even pace until this number of tasks was accepted, or the signal says that it is enough. */
export async function runLoad(
  user: User,
  { tasks, forMs }: { readonly tasks: number; readonly forMs: number },
  enough: AbortSignal,
): Promise<void> {
  const startMs = Date.now();
  let accepted = 0;
  while (!enough.aborted && accepted < tasks) {
    const due = (tasks * (Date.now() - startMs)) / (forMs * SHARE_OF_TIME);
    if (due > accepted) accepted += await submitSome(user, tasks - accepted);
    await sleep(PAUSE_MS);
  }
}

/** Submits one job of at most this number of tasks; returns how many were accepted. */
async function submitSome(user: User, most: number): Promise<number> {
  const count = Math.min(most, drawSize(user));
  const accepted = await submitJob(user, drawLargeJob(user.random, { file: user.witnessFile, count }));
  return accepted.length > 0 ? count : 0;
}

/** The largest jobs have two shards. */
function drawSize({ random }: User): number {
  return random.weighted<() => number>([
    [5, () => random.whole(50, 150)],
    [4, () => random.whole(200, 400)],
    [1, () => random.whole(1_050, 1_200)],
  ])();
}
