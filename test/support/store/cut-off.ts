/** The death of a process between any two lines: its next request is held, and never arrives. */
import { expect } from '@jest/globals';
import type { Call, Wire } from './wire.ts';

/** Cuts the act off before its request number `index`; false if the act has fewer requests. */
export function cutOff(wire: Wire, act: () => Promise<unknown>, index: number): Promise<boolean> {
  return cutOffAt(wire, act, { index, counts: () => true });
}

/** Cuts the act off before its write number `index`, as a crash anywhere since the last write does; false likewise. */
export function cutOffWrites(wire: Wire, act: () => Promise<unknown>, index: number): Promise<boolean> {
  return cutOffAt(wire, act, { index, counts: isWrite });
}

/** Whether the request changes records. */
export function isWrite({ operation }: Call): boolean {
  return !/^(Get|BatchGet|Query|Scan)/.test(operation);
}

type Cut = { readonly index: number; counts(call: Call): boolean };

async function cutOffAt(wire: Wire, act: () => Promise<unknown>, { index, counts }: Cut): Promise<boolean> {
  let sent = 0;
  const held = wire.hold((call) => {
    if (!counts(call)) return false;
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
