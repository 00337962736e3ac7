import type { Handler } from '#server/sdk';
import { blockHandler, isolatedBlockHandler } from './block.ts';
import { echoHandler } from './echo.ts';
import { failHandler } from './fail.ts';
import { sleepHandler } from './sleep.ts';
import { spinHandler } from './spin.ts';

/** The handlers that every server has. */
export const BUILT_IN_HANDLERS: readonly Handler[] = [
  echoHandler,
  sleepHandler,
  spinHandler,
  blockHandler,
  isolatedBlockHandler,
  failHandler,
];
