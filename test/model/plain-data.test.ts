import { expect, test } from '@jest/globals';
import { copyOf, Keys } from './plain-data.ts';

const STATE = { tasks: [{ status: 'Ready', left: [1, 2] }], look: null, faults: 1, isOver: false };

test('a change of a copy leaves the state as it was', () => {
  const copy = copyOf(STATE);
  expect(copy).toEqual(STATE);
  copy.tasks.forEach(({ left }) => void left.push(3));
  copy.tasks.push({ status: 'Finished', left: [] });
  expect(STATE.tasks).toEqual([{ status: 'Ready', left: [1, 2] }]);
});

test('states have the same key if they are the same, and only then', () => {
  const keys = new Keys();
  const others = [
    { ...STATE, faults: '1' },
    { ...STATE, faults: 0 },
    { ...STATE, isOver: 0 },
    { ...STATE, look: { at: 1 } },
    { ...STATE, tasks: [] },
    { ...STATE, tasks: [{ status: 'Ready', left: [1] }] },
    { ...STATE, tasks: [{ status: 'Ready', left: [2, 1] }] },
    { ...STATE, tasks: [{ status: 'Ready', left: [1, 2, 1] }] },
  ];
  expect(keys.of(copyOf(STATE))).toBe(keys.of(STATE));
  expect(new Set([STATE, ...others].map((state) => keys.of(state))).size).toBe(1 + others.length);
});
