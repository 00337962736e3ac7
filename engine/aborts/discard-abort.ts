import type { Abort } from '#domain/aborts/abort';
import { deleteAbort } from '#store/aborts';
import { resumeServers } from './resume-servers.ts';

/** Undoes what was done for an abort that is not in force, and removes its record. Repeating it does no harm. */
export async function discardAbort(abort: Abort): Promise<void> {
  await resumeServers(abort);
  await deleteAbort(abort);
}
