/** What all parts of a process want at once goes in one request: each change has its own outcome. */
import { expect, test } from '@jest/globals';
import { ulid } from 'ulid';
import { RecordRefused } from '#domain/errors';
import { createItems } from '#store/dynamodb/create-items';
import type { BatchedChange } from '#store/dynamodb/guarded-writes';
import { queryAll } from '#store/dynamodb/read';
import { readTogether } from '#store/dynamodb/together/read-together';
import { writeAllTogether, writeTogether } from '#store/dynamodb/together/write-together';
import { isBatch, sizesDuring } from '#test/support/store/batches';
import { startStore } from '#test/support/store/engine';

const wire = await startStore();
const finish = { from: ['Executing'], to: 'Finished' };

/** Records that are all Executing, in a partition of their own, and the change that finishes each. */
async function records(count: number) {
  const shardId = ulid();
  const keys = Array.from({ length: count }, (_, index) => ({ shardId, taskId: `t${String(index).padStart(3, '0')}` }));
  const items = keys.map((key) => ({ ...key, status: 'Executing', openKey: key.taskId, serverId: shardId }));
  await createItems('tasks', items);
  const changes = keys.map(
    (key): BatchedChange => ({ table: 'tasks', key, move: finish, remove: ['openKey'], when: [] }),
  );
  const [first, second] = changes;
  if (!first || !second) throw new Error('There are two.');
  return { shardId, changes, first, second };
}

const statusesIn = async (shardId: string) =>
  (await queryAll({ table: 'tasks', partition: ['shardId', shardId], consistent: true })).map(({ status }) => status);

test('What several callers want at once goes in one request, 25 changes at most', async () => {
  const { changes, shardId } = await records(30);
  const sizes = await sizesDuring(wire, () => Promise.all(changes.map(writeTogether)));
  expect(sizes).toEqual([25, 5]);
  expect(new Set(await statusesIn(shardId))).toEqual(new Set(['Finished']));
});

test('What comes while two requests are under way waits, and goes together', async () => {
  const { changes } = await records(6);
  const held = [wire.hold(isBatch), wire.hold(isBatch)];
  const sizes = await sizesDuring(wire, async () => {
    const all: Promise<unknown>[] = [];
    for (const [index, each] of held.entries()) {
      all.push(...changes.slice(index, index + 1).map(writeTogether));
      await each.reached;
    }
    all.push(...changes.slice(2).map(writeTogether));
    for (const each of held) each.release();
    await Promise.all(all);
  });
  expect(sizes).toEqual([1, 1, 4]);
});

test('Two changes of one record go in two requests, and one of them is made', async () => {
  const { first } = await records(2);
  const sizes = await sizesDuring(wire, async () => {
    const writes = await writeAllTogether([first, first]);
    expect(writes.filter((write) => 'applied' in write && write.applied)).toHaveLength(1);
  });
  expect(sizes).toEqual([1, 1]);
});

test('A record that DynamoDB never takes refuses its own change alone', async () => {
  const { first, second, shardId } = await records(2);
  const large = { ...first, set: { text: 'x'.repeat(410_000) } };
  await expect(writeTogether(large)).rejects.toThrow(RecordRefused);
  const [refused, made] = await writeAllTogether([large, second]);
  expect(refused).toBeInstanceOf(RecordRefused);
  expect(made).toEqual({ applied: true, from: 'Executing' });
  expect(await statusesIn(shardId)).toEqual(['Executing', 'Finished']);
});

test('A value for which the whole request is refused refuses its own change alone', async () => {
  const { first, second, shardId } = await records(2);
  const stop = wire.refuse(
    (call) => isBatch(call) && call.body.includes(first.key.taskId ?? ''),
    'ValidationException',
  );
  const [refused, made] = await Promise.allSettled([writeTogether(first), writeTogether(second)]);
  stop();
  expect(refused).toMatchObject({ reason: expect.any(RecordRefused) });
  expect(made).toMatchObject({ value: { applied: true } });
  expect(await statusesIn(shardId)).toEqual(['Executing', 'Finished']);
});

test('A request that fails fails for each of its changes, and later ones are made', async () => {
  const { first, second } = await records(2);
  const stop = wire.refuse(isBatch, 'AccessDeniedException');
  await expect(writeTogether(first)).rejects.toMatchObject({ name: 'AccessDeniedException' });
  stop();
  expect(await writeAllTogether([first, second])).toMatchObject([{ applied: true }, { applied: true }]);
});

test('Records that several callers want at once are read once, in one request', async () => {
  const { first, second } = await records(2);
  const bodies: string[] = [];
  const stop = wire.onCall(({ operation, body }) => operation === 'BatchGetItem' && bodies.push(body));
  const found = await Promise.all([readTogether([first]), readTogether([first, second])]);
  stop();
  for (const each of found) expect(each.map(({ item }) => item.taskId).sort()).toEqual(['t000', 't001']);
  expect(bodies.map((body) => body.match(/t00\d/g)?.length)).toEqual([2]);
});
