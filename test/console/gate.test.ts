import { expect, test } from '@jest/globals';
import { Gate } from '#console/waits/gate.ts';

test('A gate lets so many through at once, and all of them in the end, also when some fail', async () => {
  const gate = new Gate(3);
  let inside = 0;
  let most = 0;
  const work = async (number: number) => {
    inside += 1;
    most = Math.max(most, inside);
    await Promise.resolve();
    inside -= 1;
    if (number % 2 === 0) throw new Error('even');
    return number;
  };
  const outcomes = await Promise.allSettled(Array.from({ length: 20 }, (_, index) => gate.pass(() => work(index))));
  expect(most).toBe(3);
  expect(inside).toBe(0);
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
  expect(await gate.pass(() => work(21))).toBe(21);
});
