/** The clock of a test file: it can be moved on, and nothing but dates changes. */
import { jest } from '@jest/globals';

const DO_NOT_FAKE = [
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'setImmediate',
  'clearImmediate',
  'setInterval',
  'clearInterval',
  'setTimeout',
  'clearTimeout',
] as const;

/** Moves the clock on by this much. `jest.useRealTimers` sets it right again. */
export function letTimePass(ms: number): void {
  jest.useFakeTimers({ now: Date.now() + ms, doNotFake: [...DO_NOT_FAKE] });
}
