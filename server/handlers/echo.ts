import { defineHandler } from '#server/sdk';

/** Returns its input. */
export const echo = defineHandler({ name: 'echo', run: (input) => input });
