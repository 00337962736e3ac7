import { z } from 'zod';
import { MAX_TIMEOUT_SECONDS } from '#domain/limits';
import { defineHandler } from '#server/sdk';

/** Uses all of a processor in a synchronous loop, which hears no signal. */
export const spinHandler = defineHandler({
  name: 'spin',
  isolation: 'thread',
  input: z.strictObject({ seconds: z.number().min(0).max(MAX_TIMEOUT_SECONDS) }),
  run({ seconds }) {
    const end = performance.now() + seconds * 1000;
    while (performance.now() < end);
    return { seconds };
  },
});
