import { describe, expect, test } from '@jest/globals';
import { explore } from './explore.ts';
import { AS_WRITTEN, lastcall } from './lastcall.ts';
import type { Setting } from './state.ts';

const restartable = { restartable: true, maxRetries: 0 };
const retried = { restartable: false, maxRetries: 1 };

const run = (given: Partial<Setting>) => {
  const started = Date.now();
  const result = explore(lastcall({ tasks: [retried], faults: 1, reaper: true, rules: AS_WRITTEN, ...given }));
  console.log(JSON.stringify(given), Date.now() - started, JSON.stringify(result, null, 1));
  return result;
};

describe('x', () => {
  test.each<[Partial<Setting>]>([
    [{ tasks: [restartable] }],
    [{ tasks: [retried], faults: 2 }],
    [{ tasks: [restartable, retried], faults: 0 }],
    [{ tasks: [restartable, retried], faults: 1 }],
    [{ tasks: [restartable, retried], faults: 0, reaper: false }],
  ])('%j', (given) => {
    expect(run(given).violation).toBeUndefined();
  });
});
