/** How many tasks a server claims ahead of free slots. */
import { afterEach, expect, jest, test } from '@jest/globals';
import { Ahead } from '#server/claiming/ahead';

afterEach(() => {
  jest.useRealTimers();
});

test('A server claims ahead for each slot while short attempts end in all of them', () => {
  const ahead = new Ahead(2);
  ahead.ended(1);
  expect(ahead.tasks).toBe(0);
  ahead.ended(1);
  expect(ahead.tasks).toBe(2);
  ahead.ended(101);
  expect(ahead.tasks).toBe(0);
});

test.each([
  [1, 3],
  [4, 12],
  [8, 12],
  [64, 64],
])('A server of %i slots claims at most %i tasks ahead', (slots, most) => {
  const ahead = new Ahead(slots);
  for (let attempt = 0; attempt < 100; attempt += 1) ahead.ended(1);
  expect(ahead.tasks).toBe(most);
});

test('A server whose other slots long attempts hold claims ahead for the one that becomes free', () => {
  jest.useFakeTimers();
  const ahead = new Ahead(8);
  for (let attempt = 0; attempt < 20; attempt += 1) {
    jest.advanceTimersByTime(60);
    ahead.ended(60);
  }
  expect(ahead.tasks).toBe(2);
  jest.advanceTimersByTime(101);
  expect(ahead.tasks).toBe(0);
});
