/** Deadlines: what an act may not send any more, and what becomes of requests that are under way. */
import { afterEach, expect, jest, test } from '@jest/globals';
import { OutOfTime } from '#domain/errors';
import { timeLeftMs, withDeadline } from '#store/dynamodb/deadline';
import { changeFeature, isEnabled } from '#store/features';
import { startStore } from '#test/support/store/engine';
import { updateOf } from '#test/support/store/wire';

const wire = await startStore();
afterEach(() => void jest.restoreAllMocks());

const switchOn = () => changeFeature('EnhancedBatchAbort', { set: { enabled: true } });
const inMs = (ms: number) => Date.now() + ms;

/** The requests that reach the engine from here on. */
function arrivals(): string[] {
  const arrived: string[] = [];
  wire.onCall(({ operation }) => arrived.push(operation));
  return arrived;
}

test('Without a deadline, a request may take its time', async () => {
  await switchOn();
  expect(timeLeftMs()).toBe(Number.POSITIVE_INFINITY);
  expect(await isEnabled('EnhancedBatchAbort')).toBe(true);
});

test('An act within its deadline returns what it returns', async () => {
  const read = withDeadline(inMs(60_000), () => isEnabled('EnhancedBatchAbort'));
  expect(await read).toBe(true);
  await expect(withDeadline(inMs(60_000), () => Promise.reject(new Error('its own')))).rejects.toThrow('its own');
});

test('A request that may not end before the deadline is not sent', async () => {
  const arrived = arrivals();
  await expect(withDeadline(inMs(900), switchOn)).rejects.toBeInstanceOf(OutOfTime);
  expect(arrived).toEqual([]);
});

test('A request that hangs is cut off at the deadline, and the SDK does not send it again', async () => {
  const held = wire.hold(updateOf('features'));
  const arrived = arrivals();
  await expect(withDeadline(inMs(1_500), switchOn)).rejects.toBeInstanceOf(OutOfTime);
  held.release();
  await switchOn();
  expect(arrived).toEqual(['UpdateItem', 'UpdateItem']);
});

test('A wait that sends nothing ends at the deadline, too', async () => {
  await expect(withDeadline(inMs(50), () => new Promise(() => {}))).rejects.toBeInstanceOf(OutOfTime);
});

test('What an act has left behind sends nothing when the act is over', async () => {
  const thawed = Promise.withResolvers<void>();
  const { left } = await withDeadline(inMs(60_000), async () => ({ left: thawed.promise.then(switchOn) }));
  const arrived = arrivals();
  thawed.resolve();
  await expect(left).rejects.toBeInstanceOf(OutOfTime);
  expect(arrived).toEqual([]);
});

test('A request that an act has left under way is cut off when the act is over', async () => {
  const held = wire.hold(updateOf('features'));
  const { left } = await withDeadline(inMs(60_000), async () => {
    const sent = switchOn();
    await held.reached;
    return { left: sent };
  });
  await expect(left).rejects.toBeInstanceOf(OutOfTime);
  held.release();
});

test('Within another act, the earlier deadline holds', async () => {
  const outer = withDeadline(inMs(900), () => withDeadline(inMs(60_000), switchOn));
  await expect(outer).rejects.toBeInstanceOf(OutOfTime);
  const inner = withDeadline(inMs(60_000), async () => {
    await withDeadline(inMs(900), switchOn).catch(() => {});
    return switchOn();
  });
  expect(await inner).toMatchObject({ now: { enabled: true } });
});

test.each(['ThrottlingException', 'ProvisionedThroughputExceededException'])(
  'A request that DynamoDB keeps refusing as %s fails as Throttled',
  async (error) => {
    // The SDK waits for a random part of a growing time.
    jest.spyOn(Math, 'random').mockReturnValue(0);
    const stop = wire.refuse(updateOf('features'), error);
    await expect(switchOn()).rejects.toMatchObject({ name: 'Throttled', cause: { name: error } });
    stop();
    await switchOn();
  },
);

test('A throttled request is not sent again shortly before the deadline', async () => {
  const stop = wire.refuse(updateOf('features'), 'ThrottlingException');
  const arrived = arrivals();
  await expect(withDeadline(inMs(1_050), switchOn)).rejects.toBeInstanceOf(OutOfTime);
  stop();
  expect(arrived.length).toBeLessThan(4);
});
