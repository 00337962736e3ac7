import { z } from 'zod';
import { defineHandler } from '#server/sdk';

/** Throws, on every attempt or on the first `times`. */
export const failHandler = defineHandler({
  name: 'fail',
  isolation: 'thread',
  input: z.strictObject({ message: z.string().optional(), times: z.int().min(0).optional() }).prefault({}),
  run({ message = 'This task was asked to fail.', times = Number.POSITIVE_INFINITY }, { attempt }) {
    if (attempt <= times) throw new Error(message);
    return { attempt };
  },
});
