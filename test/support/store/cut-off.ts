/** The death of a process between any two lines: its next request is held, and never arrives. */
import { expect } from '@jest/globals';
import type { Wire } from './wire.ts';

/** Cuts the act off before its request number `index`; false if the act has fewer requests. */
export async function cutOff(wire: Wire, act: () => Promise<unknown>, index: number): Promise<boolean> {
  let sent = 0;
  const held = wire.hold(() => {
    sent += 1;
    return sent === index;
  });
  const ended = act().then(
    () => false,
    (fault: unknown) => {
      // The wire closes at the end of the suite, and a held request fails then.
      expect(String(fault)).toMatch(/socket|ECONN|aborted/i);
      return true;
    },
  );
  const isCut = await Promise.race([held.reached.then(() => true), ended]);
  if (!isCut) held.release();
  return isCut;
}
