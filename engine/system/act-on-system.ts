/** Changes of features and batch groups: the record proves the event of its last change, as a job's record does. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Refusal } from '#domain/errors';
import type { Author } from '#domain/events';
import type { Feature } from '#domain/feature';
import type { Group } from '#domain/group';
import { MAX_ACT_ROUNDS } from '#engine/jobs/act-on-job';
import { tellChange } from '#engine/tell-events';
import type { Condition } from '#store/dynamodb/expressions';
import type { Change, Item } from '#store/dynamodb/guarded-write';
import { leaveOut } from '#store/dynamodb/parse-record';

/** Drawn anew before each round, so that changes at the same moment come one after the other. */
const MAX_WAIT_MS = 200;

type Act<Record extends Feature | Group> = {
  find(): Promise<Record>;
  /** What changes. The record as seen is undefined if it is malformed: the change mends that. */
  changed(seen: Record | undefined): Item;
  write(change: Pick<Change, 'set' | 'remove' | 'when'>): Promise<{ applied: boolean; now: Record }>;
};

/**
 * Makes a change and keeps the facts of its event, in one guarded write, and tells the event of the change before
 * first. Returns the record as it is now: a change that arrives after a later one is not made, and has no event. 1 RCU;
 * 1 WCU for the write, 2 for its event, 1 for the one before.
 * @throws Refusal TooManyRequests after `MAX_ACT_ROUNDS`
 */
export async function actOnSystem<Record extends Feature | Group>(author: Author, act: Act<Record>): Promise<Record> {
  let seen = await act.find().catch(leaveOut);
  for (let round = 0; round < MAX_ACT_ROUNDS; round += 1) {
    if (seen?.changedAt !== undefined && seen.changedAt > author.at) return seen;
    if (seen) await tellChange(seen);
    const set: Item = { ...act.changed(seen), ...authorship(author) };
    const remove = Object.keys(set).filter((name) => set[name] === undefined);
    const { applied, now } = await act.write({ set, remove, when: seen ? unchanged(seen) : [] });
    if (applied) await tellChange(now);
    if (applied) return now;
    seen = now;
    await sleep(Math.random() * MAX_WAIT_MS);
  }
  throw new Refusal('TooManyRequests', 'Others are changing this at the same time; try again.');
}

function authorship({ by, byName, from, at }: Author) {
  return { changedBy: by, changedByName: byName || undefined, changedFrom: from, changedAt: at };
}

/** No other change came between, so no event is lost, and `before` is right. Two of one person may have one time. */
function unchanged(seen: Feature | Group): Condition[] {
  const facts = seen.changedAt === undefined ? { changedAt: undefined } : { before: undefined, ...seen };
  return Object.entries(facts).map(([attribute, value]) =>
    value === undefined ? { attribute, exists: false } : { attribute, in: [value] },
  );
}
