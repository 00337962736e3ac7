/** Which tasks a server finds next: not those that it or another server is about to claim. */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { Candidates } from '#server/claiming/candidates';
import { letTimePass } from '#test/support/store/clock';
import { startStore } from '#test/support/store/engine';
import { submit, tasksLike } from '#test/support/store/trial';

await startStore();

// The clock stands still: what is kept for a while is kept for the whole test.
beforeAll(() => letTimePass(0));
afterAll(() => void jest.useRealTimers());

const idsOf = (keys: readonly { taskId: string }[]) => keys.map(({ taskId }) => taskId);

test('A task whose claim is under way is not found again', async () => {
  await submit(tasksLike(40), { batchGroup: 'c1' });
  const candidates = new Candidates(['c1']);
  const found: string[] = [];
  for (let turn = 0; turn < 10; turn += 1) found.push(...idsOf(await candidates.find(4, false)));
  expect(new Set(found).size).toBe(40);
});

test('After a lost claim the keys that are left are looked for anew', async () => {
  await submit(tasksLike(20), { batchGroup: 'c2' });
  const candidates = new Candidates(['c2']);
  const [lost] = await candidates.find(1, false);
  if (!lost) throw new Error('No task was found.');
  candidates.lose(lost);
  const found: string[] = [];
  for (let turn = 0; turn < 40; turn += 1) found.push(...idsOf(await candidates.find(1, false)));
  expect(found).not.toContain(lost.taskId);
  expect(new Set(found).size).toBe(19);
});

test('A job of several groups is searched in each of them', async () => {
  const groups = ['c3', 'c4'];
  await submit(
    tasksLike(40).map((task, index) => ({ ...task, batchGroup: groups[index % 2] ?? '' })),
    { batchGroup: 'c3' },
  );
  const candidates = new Candidates(groups);
  const found: string[] = [];
  for (let turn = 0; turn < 40; turn += 1) found.push(...idsOf(await candidates.find(4, false)));
  expect(new Set(found).size).toBe(40);
});
