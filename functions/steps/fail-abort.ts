import { z } from 'zod';
import { giveUpAbort } from '#store/withdrawal';

const inputSchema = z.object({ abortId: z.string(), step: z.string(), reason: z.string() });

/** State `FailAbort` of `abort-job`: ends the abort as failed; servers that still drain for it go back to work. Running it again does no harm. */
export async function handler(event: unknown): Promise<void> {
  const { abortId, ...failure } = inputSchema.parse(event);
  await giveUpAbort(abortId, failure);
}
