import { expect, test } from '@jest/globals';
import { isEnabled, listFeatures, setFeature } from '#store/features';
import { startStore } from '#test/support/store/engine';

await startStore();

const name = 'EnhancedBatchAbort';

test('A feature that was never set is off and is listed', async () => {
  expect(await isEnabled(name)).toBe(false);
  expect(await listFeatures()).toEqual([{ name, enabled: false }]);
});

test('A feature is switched on and off, and the list says who did it and when', async () => {
  const on = { name, enabled: true, changedBy: 'alice', changedAt: '2026-01-01T10:00:00.000Z' } as const;
  await setFeature(on);
  expect(await isEnabled(name)).toBe(true);
  expect(await listFeatures()).toEqual([on]);
  const off = { ...on, enabled: false, changedBy: 'bob' };
  await setFeature(off);
  expect(await isEnabled(name)).toBe(false);
  expect(await listFeatures()).toEqual([off]);
});
