import { z } from 'zod';
import { completeAbort } from '#engine/aborts/complete-abort';

const inputSchema = z.object({ abortId: z.string() });

/** State `CompleteAbort` of `abort-job`: ends the abort's record with what became of each task and server. Running it again does no harm. */
export async function handler(event: unknown): Promise<{ status: string }> {
  const { abortId } = inputSchema.parse(event);
  const abort = await completeAbort(abortId);
  if (!abort) throw new Error(`Abort ${abortId} is not at its end: a server of it is not settled.`);
  return { status: abort.status };
}
