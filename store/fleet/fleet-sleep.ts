/** The fleet: whether its servers sleep. All who need servers read this one record, and one of them wakes the fleet. */
import * as z from 'zod';
import type { Condition } from '#store/dynamodb/expressions';
import { guardedWrite } from '#store/dynamodb/guarded-write';
import { parseEach } from '#store/dynamodb/parse-record';
import { readItem } from '#store/dynamodb/read';

const fleetSchema = z.object({
  /** When it was last woken; absent while it sleeps. */
  wokenAt: z.string().optional(),
  /** Present until ECS has accepted the wake: after this time, another party repeats it. */
  wakingUntil: z.string().optional(),
});
/** The state of the fleet; empty while it sleeps. */
export type Fleet = z.infer<typeof fleetSchema>;

/** There is one fleet so far. */
const KEY = { name: 'servers' };
const ATTRIBUTES = ['wokenAt', 'wakingUntil'] as const;

/** The state of the fleet, read consistently. A malformed one is logged, and counts as asleep. 1 RCU. */
export async function findFleet(): Promise<Fleet> {
  const item = await readItem('fleet', KEY);
  return (item && parseEach(fleetSchema, 'fleet', [item])[0]) ?? {};
}

/** Takes the wake, if the fleet is as it was read; false if another party was first. 1 WCU. */
export async function takeWake(seen: Fleet, wake: { wokenAt: string; wakingUntil: string }): Promise<boolean> {
  return (await guardedWrite({ table: 'fleet', key: KEY, set: wake, when: sameAs(seen) })).applied;
}

/** Notes that ECS has accepted this wake. 1 WCU. */
export async function noteWoken({ wakingUntil }: { wakingUntil: string }): Promise<void> {
  const when = [{ attribute: 'wakingUntil', in: [wakingUntil] }];
  await guardedWrite({ table: 'fleet', key: KEY, remove: ['wakingUntil'], when });
}

/** Notes that a fleet which counted as asleep is awake. 1 WCU. */
export async function noteAwake(now: string): Promise<void> {
  await guardedWrite({ table: 'fleet', key: KEY, set: { wokenAt: now }, when: sameAs({}) });
}

/** Notes that the fleet sleeps, if it is as it was read. 1 WCU. */
export async function noteAsleep(seen: Fleet): Promise<void> {
  await guardedWrite({ table: 'fleet', key: KEY, remove: ATTRIBUTES, when: sameAs(seen) });
}

function sameAs(seen: Fleet): Condition[] {
  return ATTRIBUTES.map((attribute) => {
    const value = seen[attribute];
    return value === undefined ? { attribute, exists: false } : { attribute, in: [value] };
  });
}
