import { defineHandler } from '#server/sdk';

/** Returns its input. */
export const echoHandler = defineHandler({ name: 'echo', run: (input) => input });
