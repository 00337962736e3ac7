import { completeAbort } from '#engine/aborts/complete-abort';
import { step } from '#functions/middleware/base';

/** State `CompleteAbort` of `abort-job`: ends the abort and records the outcome of each task and server. Idempotent. */
export const handler = step('complete-abort', async ({ abortId }) => {
  const abort = await completeAbort(abortId);
  if (!abort) throw new Error(`Abort ${abortId} is not at its end: a server of it is not settled.`);
  return { status: abort.status };
});
