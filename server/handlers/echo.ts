import { defineHandler } from '#server/sdk';

/** Returns its input. */
export const echoHandler = defineHandler({ name: 'echo', isolation: 'thread', run: (input) => input });
