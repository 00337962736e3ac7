/** Ends claims whose handlers did not run. */
import type { Task } from '#domain/tasks/task';
import { completeJob } from '#engine/jobs/complete-job';
import { enterDispatch } from '#engine/jobs/offer-job';
import { dropClaim, undoClaim } from '#engine/tasks/claim-task';
import { inParallel } from '#store/in-parallel';

/** `undo`: the task is Ready again. `drop`: its job is being cancelled, so that the task ends as NotRun. */
type GiveBack = { readonly task: Task; readonly how: 'undo' | 'drop' };

/** Gives the claimed tasks back, and checks whether their jobs have ended. Repeating it does no harm. */
export async function giveBack(claims: readonly GiveBack[]): Promise<void> {
  await inParallel(claims, claims.length, async ({ task, how }) => {
    if (how === 'drop') await dropClaim(task, new Date().toISOString());
    else if (await undoClaim(task)) await enterDispatch(task.jobId);
    await completeJob(task.jobId, { shards: 1 });
  });
}
