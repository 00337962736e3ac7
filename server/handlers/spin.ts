import { z } from 'zod';
import { MAX_TIMEOUT_SECONDS } from '#domain/limits';
import { defineHandler } from '#server/sdk';

/** Burns CPU in a synchronous loop, deaf to every signal. */
export const spin = defineHandler({
  name: 'spin',
  input: z.strictObject({ seconds: z.number().min(0).max(MAX_TIMEOUT_SECONDS) }),
  run({ seconds }) {
    const end = performance.now() + seconds * 1000;
    while (performance.now() < end);
    return { seconds };
  },
});
