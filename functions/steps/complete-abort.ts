import { completeAbort } from '#engine/aborts/complete-abort';
import { step } from '#functions/middleware/base';

/** Thrown while a server of the abort is not settled; the workflow's `Retry` tries again. */
class AbortNotOver extends Error {
  override readonly name = 'AbortNotOver';
}

/** State `CompleteAbort` of `abort-job`: ends the abort and records the outcome of each task and server. Idempotent. */
export const handler = step('complete-abort', async ({ abortId }) => {
  const abort = await completeAbort(abortId);
  if (!abort) throw new AbortNotOver(`Abort ${abortId} is not at its end: a server of it is not settled.`);
  return { status: abort.status };
});
