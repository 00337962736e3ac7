import { expect, test } from '@jest/globals';
import { setGroup } from '#engine/system/set-group';
import { defaultPriorityOf, listGroups, registerGroups } from '#store/groups';
import { startStore } from '#test/support/store/engine';

const wire = await startStore();

const names = async () => (await listGroups()).map(({ batchGroup }) => batchGroup).sort();

test('Groups are listed once each after the first job that names them', async () => {
  expect(await listGroups()).toEqual([]);
  await registerGroups(['b', 'a']);
  await registerGroups(['a', 'c']);
  expect(await names()).toEqual(['a', 'b', 'c']);
});

test('Groups that this process has registered are not written again', async () => {
  await registerGroups(['d']);
  let calls = 0;
  const stopListening = wire.onCall(() => {
    calls += 1;
  });
  await registerGroups(['d']);
  stopListening();
  expect(calls).toBe(0);
});

test('Jobs of a group without a default priority are Normal', async () => {
  expect(await defaultPriorityOf('unknown')).toBe('Normal');
  await registerGroups(['known']);
  expect(await defaultPriorityOf('known')).toBe('Normal');
});

test('A default priority registers the group, and stays when jobs name it', async () => {
  const author = { by: 'alice', at: '2026-01-01T10:00:00.000Z' };
  const group = { batchGroup: 'urgent', defaultPriority: 'Critical', changedBy: 'alice', changedAt: author.at };
  await setGroup('urgent', 'Critical', author);
  await registerGroups(['urgent']);
  expect(await defaultPriorityOf('urgent')).toBe('Critical');
  expect(await listGroups()).toContainEqual(group);
  await setGroup('urgent', 'Low', author);
  expect(await defaultPriorityOf('urgent')).toBe('Low');
});
