import { expect, test } from '@jest/globals';
import { inParallel } from '#store/in-parallel';

/** Work of which each item ends when the test says so; tells what was begun. */
function steered() {
  const begun = new Map<number, PromiseWithResolvers<void>>();
  const work = (item: number) => {
    const ending = Promise.withResolvers<void>();
    begun.set(item, ending);
    return ending.promise;
  };
  return { begun, work };
}

/** Whether the promise has settled by now. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  return Promise.race([promise.then(isTrue, isTrue), new Promise<boolean>((resolve) => setImmediate(resolve, false))]);
}
const isTrue = () => true;

test('So many items at once are worked at, and each is', async () => {
  const { begun, work } = steered();
  const all = inParallel([1, 2, 3], 2, work);
  expect([...begun.keys()]).toEqual([1, 2]);
  begun.get(2)?.resolve();
  expect(await isSettled(all)).toBe(false);
  expect([...begun.keys()]).toEqual([1, 2, 3]);
  begun.get(1)?.resolve();
  begun.get(3)?.resolve();
  await all;
});

test('After a fault nothing more is begun, and the fault is told when what was begun has ended', async () => {
  const { begun, work } = steered();
  const all = inParallel([1, 2, 3, 4], 2, work);
  begun.get(1)?.reject(new Error('first'));
  expect(await isSettled(all)).toBe(false);
  begun.get(2)?.reject(new Error('second'));
  await expect(all).rejects.toThrow('first');
  expect([...begun.keys()]).toEqual([1, 2]);
});
