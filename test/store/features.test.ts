import { expect, test } from '@jest/globals';
import { setFeature } from '#engine/system/set-feature';
import { isEnabled, listFeatures } from '#store/features';
import { startStore } from '#test/support/store/engine';

await startStore();

const name = 'EnhancedBatchAbort';

test('A feature that was never set is off and is listed', async () => {
  expect(await isEnabled(name)).toBe(false);
  expect(await listFeatures()).toEqual([{ name, enabled: false }]);
});

test('A feature is switched on and off, and the list says who did it and when', async () => {
  const at = '2026-01-01T10:00:00.000Z';
  const on = { name, enabled: true, changedBy: 'alice', changedAt: at, before: false };
  await setFeature(name, true, { by: 'alice', at });
  expect(await isEnabled(name)).toBe(true);
  expect(await listFeatures()).toEqual([on]);
  const off = { ...on, enabled: false, changedBy: 'bob', before: true };
  await setFeature(name, false, { by: 'bob', at });
  expect(await isEnabled(name)).toBe(false);
  expect(await listFeatures()).toEqual([off]);
});
