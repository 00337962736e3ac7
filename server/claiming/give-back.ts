/** Ends claims whose handlers did not run. */
import type { Task } from '#domain/tasks/task';
import { afterClaim } from '#engine/after-end';
import { dropClaim, undoClaim } from '#engine/tasks/undo-claim';
import { log } from '#server/log';
import { inParallel } from '#store/in-parallel';

/** `undo`: the task is Ready again. `drop`: its job is being cancelled, so that the task ends as NotRun. */
type GiveBack = { readonly task: Task; readonly how: 'undo' | 'drop' };

/**
 * Gives the claimed tasks back, and checks whether their jobs have ended. Repeating it does no harm.
 * @throws the first fault of a claim that was not given back
 */
export async function giveBack(claims: readonly GiveBack[]): Promise<void> {
  await inParallel(claims, claims.length, async ({ task, how }) => {
    if (how === 'drop') await dropClaim(task, new Date().toISOString());
    const isReady = how === 'undo' && (await undoClaim(task));
    await checkJob(task, isReady);
  });
}

/** Follows the return of a claim. A fault is logged: the claim is given back by then, and the reaper checks the job. */
export async function checkJob({ jobId }: Pick<Task, 'jobId'>, isReady: boolean): Promise<void> {
  await afterClaim({ jobId }, isReady).catch((error: unknown) =>
    log('A job could not be checked after its claim was given back; the reaper checks it.', { jobId, error }),
  );
}
