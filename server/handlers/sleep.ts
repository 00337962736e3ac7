import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { MAX_TIMEOUT_SECONDS } from '#domain/limits';
import { defineHandler } from '#server/sdk';

/** Sleeps asynchronously; if `cooperative`, a cancel ends it early. */
export const sleepHandler = defineHandler({
  name: 'sleep',
  isolation: 'thread',
  input: z.strictObject({
    seconds: z.number().min(0).max(MAX_TIMEOUT_SECONDS),
    cooperative: z.boolean().default(false),
  }),
  async run({ seconds, cooperative }, { signal }) {
    const startedAt = performance.now();
    const cooperated = await sleepUnlessCancelled(seconds, cooperative ? signal : undefined);
    return { cooperated, seconds: Math.round(performance.now() - startedAt) / 1000 };
  },
});

/** Whether a cancel ended the sleep early. A server that stops does not: a task that was cut short is not finished. */
async function sleepUnlessCancelled(seconds: number, signal: AbortSignal | undefined): Promise<boolean> {
  const wake = new AbortController();
  const hear = () => signal?.reason.name === 'Cancelling' && wake.abort();
  signal?.addEventListener('abort', hear);
  if (signal?.aborted) hear();
  await sleep(seconds * 1000, undefined, { signal: wake.signal }).catch((error: unknown) => {
    if (!wake.signal.aborted) throw error;
  });
  return wake.signal.aborted;
}
