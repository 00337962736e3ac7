import type { Abort } from '#domain/aborts/abort';
import { deleteAbort } from '#store/aborts';
import { resumeServersOf } from './resume-servers-of.ts';

/** Undoes what was done for an abort that is not in force, and removes its record. Repeating it does no harm. */
export async function discardAbort(abort: Abort): Promise<void> {
  await resumeServersOf(abort);
  await deleteAbort(abort);
}
