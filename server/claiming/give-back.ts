/** Ends claims whose handlers did not run. */
import type { Task } from '#domain/tasks/task';
import { afterClaim } from '#engine/after';
import { dropClaim, undoClaim } from '#engine/tasks/undo-claim';
import { inParallel } from '#store/in-parallel';

/** `undo`: the task is Ready again. `drop`: its job is being cancelled, so that the task ends as NotRun. */
type GiveBack = { readonly task: Task; readonly how: 'undo' | 'drop' };

/** Gives the claimed tasks back, and checks whether their jobs have ended. Repeating it does no harm. */
export async function giveBack(claims: readonly GiveBack[]): Promise<void> {
  await inParallel(claims, claims.length, async ({ task, how }) => {
    if (how === 'drop') await dropClaim(task, new Date().toISOString());
    await afterClaim(task, how === 'undo' && (await undoClaim(task)));
  });
}
