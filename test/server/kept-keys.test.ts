/** In which order the keys of Ready tasks that a server keeps are used. */
import { expect, test } from '@jest/globals';
import { KeptKeys } from '#server/claiming/search/kept-keys';

/** Each search finds all the keys that it wants, numbered by search; the list of jobs is as old as `ageMs` says. */
function keysOfSearches({ leavesSome = false } = {}) {
  const state = { searches: 0, ageMs: 0 };
  const kept = new KeptKeys({
    search: async ({ wanted }) => {
      state.searches += 1;
      const keys = Array.from({ length: wanted }, (_, index) => keyOf(state.searches, index));
      return { keys, leavesSome };
    },
    isFresh: (maxAgeMs) => state.ageMs <= maxAgeMs,
    mayLookAhead: () => true,
  });
  /** Returns the number of the search that each of the keys was found by, once all searches have ended. */
  const take = async (wanted: number) => {
    const keys = await kept.take(wanted);
    await new Promise(setImmediate);
    return keys.map(({ shardId }) => Number(shardId));
  };
  return { state, take };
}

function keyOf(search: number, index: number) {
  return { shardId: String(search), taskId: `task-${index}` };
}

test('What a look ahead has found comes before older keys, however few are used between two looks', async () => {
  const { state, take } = keysOfSearches();
  expect(await take(1)).toEqual([1]);
  state.ageMs = 210;
  await take(1);
  for (let search = 2; search < 20; search += 1) expect(await take(1)).toEqual([search]);
  expect((await take(100)).length).toBeLessThanOrEqual(17);
});

test('Keys are used before new ones are looked for, while the list of jobs is fresh and no task was left', async () => {
  const { state, take } = keysOfSearches();
  for (let turn = 0; turn < 15; turn += 1) await take(1);
  expect(state.searches).toBe(1);
});

test('Tasks that were left to other servers are looked at again with the next claim', async () => {
  const { state, take } = keysOfSearches({ leavesSome: true });
  for (let turn = 1; turn <= 5; turn += 1) {
    await take(1);
    expect(state.searches).toBe(turn + 1);
  }
});

test('A key that was taken while a look ahead was under way is not returned again', async () => {
  const ahead = Promise.withResolvers<void>();
  let searches = 0;
  const keys = Array.from({ length: 16 }, (_, index) => keyOf(1, index));
  const kept = new KeptKeys({
    search: async () => {
      searches += 1;
      // What a search sees is there when it begins.
      const found = searches === 1 ? [...keys] : keys.slice(1);
      if (searches === 2) await ahead.promise;
      return { keys: found, leavesSome: searches === 1 };
    },
    isFresh: () => true,
    mayLookAhead: () => true,
  });
  const taken = [...(await kept.take(1)), ...(await kept.take(2))];
  ahead.resolve();
  await new Promise(setImmediate);
  taken.push(...(await kept.take(16)));
  expect(new Set(taken.map(({ taskId }) => taskId)).size).toBe(taken.length);
});
