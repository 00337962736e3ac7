import { afterEach, expect, test } from '@jest/globals';
import { Chance } from '#local/aws/chance';
import { AsyncCalls } from '#local/aws/lambda/async-calls';
import { TooManyRequests } from '#local/aws/lambda/errors';

/** The first draw decides whether an event comes twice, the next one whether it is late. */
class Drawn extends Chance {
  readonly #draws: number[];

  constructor(...draws: number[]) {
    super(1);
    this.#draws = draws;
  }

  override draw(): number {
    return this.#draws.shift() ?? 0.999;
  }
}
const [YES, NO] = [0, 0.999];

const open: AsyncCalls[] = [];
afterEach(async () => {
  for (const calls of open.splice(0)) await calls.close();
});

function start(invoke: (name: string, event: unknown) => Promise<unknown>, chance = new Drawn()) {
  const lines: string[] = [];
  const calls = new AsyncCalls({ invoke, chance, log: (line) => lines.push(line), errorWaitsMs: [1, 1] });
  open.push(calls);
  return { calls, lines };
}

test('an event that fails is tried twice more, and then given up', async () => {
  let count = 0;
  const { calls, lines } = start(async () => {
    count += 1;
    throw new Error('no');
  });
  await calls.call('greet', { id: 1 });
  expect(count).toBe(3);
  expect(lines.at(-1)).toBe('lambda: an event of greet is given up after 3 calls');
});

test('an event that fails once is handled by the next call', async () => {
  let count = 0;
  const { calls, lines } = start(async () => {
    count += 1;
    if (count === 1) throw new Error('no');
  });
  await calls.call('greet', { id: 1 });
  expect([count, lines]).toEqual([2, ['lambda: a call of greet failed: Error: no']]);
});

test('a throttled event goes back into the queue, and that is no failure', async () => {
  let count = 0;
  const { calls, lines } = start(async () => {
    count += 1;
    if (count === 1) throw new TooManyRequests();
  });
  await calls.call('greet', { id: 1 });
  expect([count, lines]).toEqual([2, []]);
});

test('some events come twice', async () => {
  const seen: unknown[] = [];
  const { calls } = start(async (name, event) => seen.push([name, event]), new Drawn(YES, NO, NO));
  await calls.call('greet', { id: 1 });
  expect(seen).toEqual([
    ['greet', { id: 1 }],
    ['greet', { id: 1 }],
  ]);
});

test('a late event is overtaken by those that come after it', async () => {
  const seen: unknown[] = [];
  const { calls } = start(async (_name, event) => seen.push(event), new Drawn(NO, YES, 0.1, NO, NO));
  await Promise.all([calls.call('greet', 'first'), calls.call('greet', 'second')]);
  expect(seen).toEqual(['second', 'first']);
});

test('an event of more than 1 MB is refused', async () => {
  const { calls } = start(async () => {});
  const large = calls.call('greet', 'x'.repeat(1024 * 1024));
  await expect(large).rejects.toMatchObject({ name: 'Lambda.RequestTooLargeException' });
});

test('a close makes no further call and does not wait for the time of the next one', async () => {
  const called = Promise.withResolvers<void>();
  let count = 0;
  const calls = new AsyncCalls({
    invoke: async () => {
      count += 1;
      called.resolve();
      throw new Error('no');
    },
    chance: new Drawn(),
    log: () => {},
  });
  const handled = calls.call('greet', {});
  await called.promise;
  await calls.close();
  await handled;
  expect(count).toBe(1);
});

test('the same seed draws the same numbers, and they spread from 0 to 1', () => {
  const draw = (seed: number) => {
    const chance = new Chance(seed);
    return Array.from({ length: 1000 }, () => chance.draw());
  };
  expect(draw(7)).toEqual(draw(7));
  expect(draw(7)).not.toEqual(draw(8));
  const small = draw(7).filter((drawn) => drawn < 0.25).length;
  expect(small).toBeGreaterThan(200);
  expect(small).toBeLessThan(300);
  expect(draw(7).every((drawn) => drawn >= 0 && drawn < 1)).toBe(true);
});
