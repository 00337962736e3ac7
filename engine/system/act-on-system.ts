/** Changes of features and batch groups: the record keeps the event of its last change, as a job's record does. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Refusal } from '#domain/errors';
import { type Author, keptText, type SystemEvent } from '#domain/events';
import type { Feature } from '#domain/feature';
import type { Group } from '#domain/group';
import { MAX_ACT_ROUNDS, sameEvent } from '#engine/jobs/act-on-job';
import { tellChange } from '#engine/tell';
import type { Change } from '#store/dynamodb/guarded-write';
import { leaveOut } from '#store/dynamodb/parse-record';

/** Drawn anew before each round, so that changes at the same moment come one after the other. */
const MAX_WAIT_MS = 200;

type Act<Record extends Feature | Group> = {
  find(): Promise<Record>;
  /** The event of the change. What it changes is undefined if its record is malformed: the change mends that. */
  eventOf(seen: Record | undefined): SystemEvent;
  /** The guarded write. It adds its own changes to these. */
  write(change: Pick<Change, 'set' | 'remove' | 'when'>): Promise<{ applied: boolean; now: Record }>;
};

/**
 * Makes a change and keeps its event, in the one guarded write of `write`, and tells the event of the change before
 * first. Returns the record as it is now: a change that arrives after a later one is not made, and has no event. 1 RCU;
 * 1 WCU for the write, 2 for its event, 1 for the one before.
 * @throws Refusal TooManyRequests after `MAX_ACT_ROUNDS`
 */
export async function actOnSystem<Record extends Feature | Group>(author: Author, act: Act<Record>): Promise<Record> {
  let seen = await act.find().catch(leaveOut);
  for (let round = 0; round < MAX_ACT_ROUNDS; round += 1) {
    if (seen?.changedAt !== undefined && seen.changedAt > author.at) return seen;
    if (seen) await tellChange(seen).catch(leaveOut);
    const keptEvent = keptText(act.eventOf(seen));
    const { set, remove } = changedBy(author);
    const { applied, now } = await act.write({ set: { ...set, keptEvent }, remove, when: [sameEvent(seen)] });
    if (applied) await tellChange(now);
    if (applied) return now;
    seen = now;
    await sleep(Math.random() * MAX_WAIT_MS);
  }
  throw new Refusal('TooManyRequests', 'Others are changing this at the same time; try again.');
}

function changedBy({ by, byName, at }: Author) {
  const set = { changedBy: by, changedByName: byName, changedAt: at };
  return { set, remove: byName ? [] : ['changedByName'] };
}
