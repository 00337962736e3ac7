/** The death of a process between any two lines: its next request is held, and never arrives. */
import { withDeadline } from '#store/dynamodb/deadline';
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
  let isCut = false;
  const held = wire.hold((call) => {
    if (!counts(call)) return false;
    sent += 1;
    return sent === index;
  });
  const death = held.reached.then(() => {
    isCut = true;
    throw new Error('The process has died.');
  });
  // What the act does besides dies, too: it sends nothing any more.
  await withDeadline(Number.POSITIVE_INFINITY, () => Promise.race([act(), death])).catch((fault: unknown) => {
    if (!isCut) throw fault;
  });
  if (!isCut) held.release();
  return isCut;
}
