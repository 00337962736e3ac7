import { expect, test } from '@jest/globals';
import { eachInParallel, inParallel } from '#store/in-parallel';

/** Work whose items end when the test says so, with the list of started items. */
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

test('Works on as many items at once as allowed, and on each item', async () => {
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

test('After a fault no further item starts, and the fault is thrown when all started items have ended', async () => {
  const { begun, work } = steered();
  const all = inParallel([1, 2, 3, 4], 2, work);
  begun.get(1)?.reject(new Error('first'));
  expect(await isSettled(all)).toBe(false);
  begun.get(2)?.reject(new Error('second'));
  await expect(all).rejects.toThrow('first');
  expect([...begun.keys()]).toEqual([1, 2]);
});

test('Every item has its turn although some fail, and then the first fault is thrown', async () => {
  const begun: number[] = [];
  const work = async (item: number) => {
    begun.push(item);
    if (item % 2 === 1) throw new Error(`fault of ${item}`);
  };
  await expect(eachInParallel([1, 2, 3, 4], 1, work)).rejects.toThrow('fault of 1');
  expect(begun).toEqual([1, 2, 3, 4]);
  await eachInParallel([2, 4], 1, work);
});
