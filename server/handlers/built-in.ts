import type { Handler } from '#server/sdk';
import { block, isolatedBlock } from './block.ts';
import { echo } from './echo.ts';
import { fail } from './fail.ts';
import { sleep } from './sleep.ts';
import { spin } from './spin.ts';

/** The handlers that every server has. */
export const BUILT_IN_HANDLERS: readonly Handler[] = [echo, sleep, spin, block, isolatedBlock, fail];
