/** Many guarded writes in one request: each is made or refused for itself, and none is made twice. */
import { expect, jest, test } from '@jest/globals';
import { ulid } from 'ulid';
import { RecordRefused, Throttled } from '#domain/errors';
import { createItems } from '#store/dynamodb/create-items';
import { guardedWrite } from '#store/dynamodb/guarded-write';
import { type BatchedChange, guardedWrites } from '#store/dynamodb/guarded-writes';
import { queryAll } from '#store/dynamodb/read';
import { isBatch, sizesDuring } from '#test/support/store/batches';
import { startStore } from '#test/support/store/engine';

const wire = await startStore();
const drop = { from: ['Ready', 'Waiting'], to: 'NotRun' };

/** Records with these statuses in a partition of their own, and a change for each of them. */
async function records(...statuses: string[]) {
  const shardId = ulid();
  const keyOf = (index: number) => ({ shardId, taskId: `t${String(index).padStart(3, '0')}` });
  await createItems(
    'tasks',
    statuses.map((status, index) => ({
      ...keyOf(index),
      status,
      openKey: `t${index}`,
      old: 'x',
      tags: new Set(['a']),
    })),
  );
  return {
    changes: (change: Partial<BatchedChange>): BatchedChange[] =>
      statuses.map((_status, index) => ({ table: 'tasks', key: keyOf(index), when: [], ...change })),
    read: () => queryAll({ table: 'tasks', partition: ['shardId', shardId], consistent: true }),
    keyOf,
  };
}

test('Each change is made or refused for itself, and says from which status it moved', async () => {
  const { changes, read } = await records('Ready', 'Executing', 'Waiting');
  const writes = await guardedWrites(changes({ move: drop, set: { endedAt: 'now' }, remove: ['openKey'] }));
  expect(writes).toEqual([
    { applied: true, from: 'Ready' },
    { applied: false, item: expect.objectContaining({ status: 'Executing', openKey: 't1', old: 'x' }) },
    { applied: true, from: 'Waiting' },
  ]);
  const [first, second] = await read();
  expect(first).toMatchObject({ status: 'NotRun', endedAt: 'now', old: 'x' });
  expect(first).not.toHaveProperty('openKey');
  expect(second).not.toHaveProperty('endedAt');
});

test('All conditions are those of a single guarded write', async () => {
  const { changes, read } = await records('Ready', 'Ready');
  const made = async (...when: BatchedChange['when']) =>
    (await guardedWrites(changes({ set: { hit: 1 }, when }))).map(({ applied }) => applied);
  expect(await made({ attribute: 'status', in: ['Ready', 'x'] }, { attribute: 'old', exists: true })).toEqual([
    true,
    true,
  ]);
  expect(await made({ attribute: 'old', exists: false })).toEqual([false, false]);
  expect(await made({ attribute: 'new', exists: false }, { attribute: 'new', exists: true })).toEqual([false, false]);
  expect(await read()).toMatchObject([{ hit: 1 }, { hit: 1 }]);
});

test('A record that does not exist is refused and not created', async () => {
  const { changes, keyOf, read } = await records('Ready');
  const missing = { table: 'tasks', key: keyOf(7), set: { status: 'NotRun' }, when: [] } as const;
  expect(await guardedWrites([...changes({ move: drop }), missing])).toEqual([
    { applied: true, from: 'Ready' },
    { applied: false },
  ]);
  expect(await read()).toHaveLength(1);
});

test('Changes go 25 in a request, and their outcomes keep the order', async () => {
  const statuses = Array.from({ length: 60 }, (_, index) => (index % 7 === 0 ? 'Error' : 'Ready'));
  const { changes } = await records(...statuses);
  const sizes = await sizesDuring(wire, async () => {
    const writes = await guardedWrites(changes({ move: drop }));
    expect(writes.map(({ applied }) => applied)).toEqual(statuses.map((status) => status === 'Ready'));
  });
  expect(sizes).toEqual([25, 25, 10]);
});

test('Changes whose reply was lost count as made, and are made once', async () => {
  const { changes, read } = await records('Ready', 'Error', 'Executing');
  const lost = wire.loseReply(isBatch);
  const [first, second, third] = changes({ set: { by: 'me' } });
  if (!first || !second || !third) throw new Error('There are three.');
  const mark = { from: ['Executing'], to: 'Cancelling' };
  const writes = await guardedWrites([
    { ...first, move: drop },
    { ...second, move: drop },
    { ...third, move: mark },
  ]);
  await lost;
  expect(writes).toEqual([
    // It may have moved from either of two statuses.
    { applied: true },
    { applied: false, item: expect.objectContaining({ status: 'Error' }) },
    { applied: true, from: 'Executing' },
  ]);
  expect(await read()).toMatchObject([{ status: 'NotRun', by: 'me' }, { status: 'Error' }, { status: 'Cancelling' }]);
});

test('A refused change takes the record from the reply where DynamoDB returns it', async () => {
  const { changes } = await records('Error');
  wire.edit(isBatch, (reply) => ({
    ...Object(reply),
    Responses: [{ Error: { Code: 'ConditionalCheckFailed', Item: { status: { S: 'Executing' } } } }],
  }));
  const reads: string[] = [];
  const stop = wire.onCall(({ operation }) => reads.push(operation));
  expect(await guardedWrites(changes({ move: drop }))).toEqual([{ applied: false, item: { status: 'Executing' } }]);
  stop();
  expect(reads).toEqual(['BatchExecuteStatement']);
});

test('Exactly one of many simultaneous batches makes a change', async () => {
  const { changes } = await records('Ready', 'Ready');
  const all = await Promise.all(Array.from({ length: 10 }, () => guardedWrites(changes({ move: drop }))));
  for (const index of [0, 1]) expect(all.filter((writes) => writes[index]?.applied)).toHaveLength(1);
});

test('Only the statements that a throttled table has refused are sent again', async () => {
  const { changes } = await records('Ready', 'Ready', 'Ready');
  const refused = { Error: { Code: 'ThrottlingError', Message: 'Throughput exceeds the limit.' } };
  const before = { Item: { status: { S: 'Ready' } } };
  wire.edit(isBatch, (reply) => ({ ...Object(reply), Responses: [before, refused, before] }));
  const sizes = await sizesDuring(wire, async () => {
    const [, again] = await guardedWrites(changes({ set: { hit: 1 } }));
    expect(again).toEqual({ applied: true });
  });
  expect(sizes).toEqual([3, 1]);
});

test('A table that stays throttled fails as Throttled', async () => {
  const { changes } = await records('Ready');
  jest.spyOn(Math, 'random').mockReturnValue(0);
  const stop = wire.refuse(isBatch, 'ThrottlingException');
  await expect(guardedWrites(changes({ move: drop }))).rejects.toBeInstanceOf(Throttled);
  stop();
  jest.restoreAllMocks();
});

test('A record that DynamoDB never takes is refused as such', async () => {
  const { changes } = await records('Ready');
  await expect(guardedWrites(changes({ set: { text: 'x'.repeat(410_000) } }))).rejects.toBeInstanceOf(RecordRefused);
});

test('A batch and single guarded writes keep each other out', async () => {
  const { changes, keyOf } = await records('Ready', 'Ready');
  await guardedWrite({ table: 'tasks', key: keyOf(0), move: { from: ['Ready'], to: 'Executing' }, when: [] });
  const [first, second] = await guardedWrites(changes({ move: drop }));
  expect(first).toMatchObject({ applied: false, item: { status: 'Executing' } });
  expect(second).toMatchObject({ applied: true });
});
