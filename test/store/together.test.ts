/** How what is wanted gathers, with a clock that the test turns. */
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { Together } from '#store/dynamodb/together/together';

/** Longer than a request has to itself. */
const LONG_MS = 10;
const requests: { readonly batch: readonly number[]; reply(): void }[] = [];
let together: Together<number>;

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
  requests.length = 0;
  together = new Together<number>({
    requestsAtOnce: 2,
    take: (waiting) => waiting.splice(0),
    send(batch) {
      const { promise, resolve } = Promise.withResolvers<void>();
      requests.push({ batch, reply: resolve });
      return promise;
    },
  });
});
afterEach(() => {
  jest.useRealTimers();
});

/** Each is wanted in a turn of its own. */
async function want(...wanted: number[]): Promise<void> {
  for (const one of wanted) {
    together.want(one);
    await settle();
  }
}

async function settle(): Promise<void> {
  await turn();
  await turn();
}

const sent = () => requests.map(({ batch }) => batch);

test('What is wanted alone goes at once', async () => {
  await want(1);
  expect(sent()).toEqual([[1]]);
});

test('What comes just after a request gathers, and goes together with the reply', async () => {
  await want(1, 2, 3);
  expect(sent()).toEqual([[1]]);
  requests[0]?.reply();
  await settle();
  expect(sent()).toEqual([[1], [2, 3]]);
});

test('It does not wait for a reply that is slow', async () => {
  await want(1, 2, 3);
  jest.advanceTimersByTime(LONG_MS);
  await settle();
  expect(sent()).toEqual([[1], [2, 3]]);
});

test('What comes while as many requests are under way as may be waits for one of their replies', async () => {
  await want(1);
  jest.advanceTimersByTime(LONG_MS);
  await want(2);
  jest.advanceTimersByTime(LONG_MS);
  await want(3, 4);
  expect(sent()).toEqual([[1], [2]]);
  requests[1]?.reply();
  await settle();
  expect(sent()).toEqual([[1], [2], [3, 4]]);
});
