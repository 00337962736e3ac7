/** Features and batch groups: each change is one guarded write with its event. */
import { expect, test } from '@jest/globals';
import { ulid } from 'ulid';
import { SYSTEM_STORY } from '#domain/events';
import { setFeature } from '#engine/system/set-feature';
import { setGroup } from '#engine/system/set-group';
import { queryAll } from '#store/dynamodb/read';
import { listAudit } from '#store/reads/list-audit';
import { cutOffWrites } from '#test/support/store/cut-off';
import { startStore } from '#test/support/store/engine';
import { putRecord } from '#test/support/store/malformed';
import { AUTHOR } from '#test/support/store/trial';
import { updateOf } from '#test/support/store/wire';

const wire = await startStore();

const feature = 'EnhancedBatchAbort';
const later = (ms: number) => new Date(Date.parse(AUTHOR.at) + ms).toISOString();

/** The events of these people in the story of the system, oldest first. */
async function changesBy(...people: string[]) {
  const events = await queryAll({ table: 'events', partition: ['jobId', SYSTEM_STORY], consistent: true });
  return events.filter(({ by }) => people.includes(String(by)));
}

test('A switch leaves an event with who, from where, and what it was before', async () => {
  const by = ulid();
  const author = { ...AUTHOR, by, byName: 'Ada' };
  expect(await setFeature(feature, true, author)).toMatchObject({ enabled: true, changedBy: by });
  await setFeature(feature, true, { ...author, at: later(1) });
  const event = { ...author, type: 'FeatureChanged', feature, after: true };
  expect(await changesBy(by)).toMatchObject([
    { ...event, before: false },
    { ...event, before: true, at: later(1) },
  ]);
});

test('A change of a batch group leaves an event, without a former priority if it had none', async () => {
  const [batchGroup, by] = [ulid(), ulid()];
  await setGroup(batchGroup, 'High', { ...AUTHOR, by });
  await setGroup(batchGroup, 'Low', { ...AUTHOR, by, at: later(1) });
  const [first, second] = await changesBy(by);
  expect(first).toMatchObject({ type: 'GroupChanged', batchGroup, after: 'High', from: AUTHOR.from });
  expect(first).not.toHaveProperty('before');
  expect(second).toMatchObject({ type: 'GroupChanged', batchGroup, before: 'High', after: 'Low' });
});

test('A change that arrives after a later one is not made, and has no event', async () => {
  const [batchGroup, late] = [ulid(), ulid()];
  const writing = wire.hold(updateOf('groups', batchGroup));
  const held = setGroup(batchGroup, 'Low', { ...AUTHOR, by: late });
  await writing.reached;
  await setGroup(batchGroup, 'High', { ...AUTHOR, at: later(1) });
  writing.release();
  expect(await held).toMatchObject({ defaultPriority: 'High', changedBy: AUTHOR.by });
  expect(await changesBy(late)).toEqual([]);
});

test('Changes by one person in the same millisecond come one after the other, too', async () => {
  const [batchGroup, by] = [ulid(), ulid()];
  const priorities = ['Low', 'Normal', 'High', 'Critical'] as const;
  await Promise.all(priorities.map((priority) => setGroup(batchGroup, priority, { ...AUTHOR, by })));
  const befores = (await changesBy(by)).map(({ before }) => before);
  expect(new Set(befores).size).toBe(priorities.length);
});

test('Changes at the same time come one after the other: each event continues the one before', async () => {
  const [batchGroup, people] = [ulid(), [ulid(), ulid(), ulid(), ulid()]];
  const priorities = ['Low', 'Normal', 'High', 'Critical'] as const;
  const changes = people.map((by, index) => setGroup(batchGroup, priorities[index] ?? 'Low', { ...AUTHOR, by }));
  await Promise.all(changes);
  const events = await changesBy(...people);
  expect(events).toHaveLength(people.length);
  const afters = events.map(({ after }) => after);
  const befores = events.map(({ before }) => before);
  expect(new Set(befores).size).toBe(people.length);
  expect(afters.filter((after) => !befores.includes(after))).toHaveLength(1);
});

test('An audit shows a change whose process died before its event, once, on every page that it belongs to', async () => {
  const [batchGroup, by] = [ulid(), ulid()];
  await setGroup(batchGroup, 'Low', { ...AUTHOR, by, at: later(-2) });
  const change = () => setGroup(batchGroup, 'High', { ...AUTHOR, by, at: later(-1) });
  // Its writes: the event before again, the record, its own event.
  expect(await cutOffWrites(wire, change, 3)).toBe(true);
  expect(await changesBy(by)).toHaveLength(1);
  for (const order of ['newest', 'oldest'] as const) {
    const shown: unknown[] = [];
    let cursor: string | undefined;
    do {
      const page = await listAudit({ by: [by], order, limit: 1, cursor });
      shown.push(...page.events.map(({ after }) => after));
      cursor = page.cursor;
    } while (cursor !== undefined);
    expect(shown).toEqual(order === 'newest' ? ['High', 'Low'] : ['Low', 'High']);
  }
  const shownIn = async (asked: object) =>
    (await listAudit({ by: [by], order: 'newest', limit: 9, ...asked })).events.length;
  expect(await shownIn({ types: ['FeatureChanged'] })).toBe(0);
  expect(await shownIn({ types: ['JobHeld'] })).toBe(0);
  expect(await shownIn({ since: later(-1) })).toBe(1);
  expect(await shownIn({ until: later(-2) })).toBe(1);
  expect(await shownIn({ by: [ulid()] })).toBe(0);
});

test('A change mends a malformed record, and its event names no former value', async () => {
  const [batchGroup, by] = [ulid(), ulid()];
  await putRecord('groups', { batchGroup, defaultPriority: 'Extreme' });
  expect(await setGroup(batchGroup, 'High', { ...AUTHOR, by })).toMatchObject({ defaultPriority: 'High' });
  const [event] = await changesBy(by);
  expect(event).toMatchObject({ after: 'High' });
  expect(event).not.toHaveProperty('before');
});
