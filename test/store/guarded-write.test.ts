import { expect, test } from '@jest/globals';
import { ulid } from 'ulid';
import { guardedWrite } from '#store/dynamodb/guarded-write';
import { readItem } from '#store/dynamodb/read';
import { startStore } from '#test/support/store/engine';
import { updateOf } from '#test/support/store/wire';

const wire = await startStore();

type Change = Parameters<typeof guardedWrite>[0];

/** Writes and reads one record, under a key of its own. */
function writer(key: { jobId: string } = { jobId: ulid() }) {
  return {
    ...key,
    write: (change: Partial<Change>) => guardedWrite({ table: 'jobs', key, when: [], ...change }),
    read: () => readItem('jobs', key),
  };
}

test('A write without a condition creates the record and returns it', async () => {
  const { jobId, write, read } = writer();
  const written = await write({ set: { name: 'a', count: 1 } });
  expect(written).toMatchObject({ applied: true, item: { jobId, name: 'a', count: 1 } });
  expect(await read()).toMatchObject({ jobId, name: 'a', count: 1 });
});

test('One write sets, removes, adds and deletes from a set', async () => {
  const { write, read } = writer();
  await write({ set: { old: 'x', kept: 'y' }, add: { count: 2, members: new Set(['a', 'b']) } });
  await write({
    set: { name: 'new' },
    remove: ['old'],
    add: { count: 3 },
    takeOut: { members: new Set(['a']) },
  });
  const item = await read();
  expect(item).toMatchObject({ name: 'new', kept: 'y', count: 5, members: new Set(['b']) });
  expect(item).not.toHaveProperty('old');
});

test('A record that DynamoDB never takes is RecordRefused, and stays as it was', async () => {
  const { write, read } = writer();
  await write({ set: { name: 'a' } });
  const before = await read();
  const large = { set: { name: 'x'.repeat(400 * 1024) } };
  await expect(write(large)).rejects.toMatchObject({ name: 'RecordRefused', message: expect.stringContaining('size') });
  expect(await read()).toEqual(before);
});

test('A move sets its status only from the statuses that it starts from', async () => {
  const { write, read } = writer();
  const move = { from: ['Waiting', 'Ready'], to: 'NotRun' };
  await write({ set: { status: 'Ready', count: 1 } });
  expect(await write({ move, when: [{ attribute: 'count', in: [2] }] })).toMatchObject({ applied: false });
  expect(await write({ move, when: [{ attribute: 'count', in: [1] }] })).toMatchObject({ applied: true });
  expect(await write({ move, set: { count: 3 } })).toMatchObject({ applied: false, item: { status: 'NotRun' } });
  expect(await read()).toMatchObject({ status: 'NotRun', count: 1 });
});

test('Undefined attributes stay as they are', async () => {
  const { write, read } = writer();
  await write({ set: { name: 'a' } });
  await write({ set: { name: undefined, other: 'b' } });
  expect(await read()).toMatchObject({ name: 'a', other: 'b' });
});

test('A write whose condition does not hold changes nothing and returns the record as it is', async () => {
  const { jobId, write, read } = writer();
  await write({ set: { status: 'Waiting', members: new Set(['a']) } });
  const before = await read();
  const refused = await write({
    set: { status: 'Executing' },
    when: [{ attribute: 'status', in: ['Withhold', 'Error'] }],
  });
  expect(refused).toMatchObject({ applied: false, item: { jobId, status: 'Waiting', members: new Set(['a']) } });
  expect(await read()).toEqual(before);
});

test('All conditions must hold', async () => {
  const { write } = writer();
  await write({ set: { status: 'Waiting', name: 'a' } });
  const both = [
    { attribute: 'status', in: ['Waiting', 'Executing'] },
    { attribute: 'name', in: ['b'] },
  ];
  expect(await write({ set: { hit: 1 }, when: both })).toMatchObject({ applied: false });
  const right = [...both.slice(0, 1), { attribute: 'name', in: ['b', 'a'] }, { attribute: 'hit', exists: false }];
  expect(await write({ set: { hit: 1 }, when: right })).toMatchObject({ applied: true, item: { hit: 1 } });
  expect(await write({ set: { hit: 2 }, when: [{ attribute: 'hit', exists: false }] })).toMatchObject({
    applied: false,
  });
  expect(await write({ set: { hit: 2 }, when: [{ attribute: 'hit', exists: true }] })).toMatchObject({ applied: true });
});

test('A refused write of a record that does not exist returns none and creates none', async () => {
  const { write, read } = writer();
  expect(await write({ set: { name: 'a' }, when: [{ attribute: 'status', in: ['Waiting'] }] })).toEqual({
    applied: false,
  });
  expect(await read()).toBeUndefined();
});

test('Exactly one of many simultaneous writes with the same condition succeeds', async () => {
  const { write } = writer();
  const writes = await Promise.all(
    Array.from({ length: 20 }, (_, by) => write({ set: { by }, when: [{ attribute: 'jobId', exists: false }] })),
  );
  expect(writes.filter(({ applied }) => applied)).toHaveLength(1);
  const winner = writes.findIndex(({ applied }) => applied);
  for (const written of writes) expect(written.item).toMatchObject({ by: winner });
});

test('A guarded write whose reply was lost counts as made', async () => {
  const { jobId, write, read } = writer();
  await write({ set: { status: 'Waiting' } });
  const lost = wire.loseReply(updateOf('jobs', jobId, 'Executing'));
  const written = await write({
    set: { status: 'Executing' },
    add: { starts: 1 },
    when: [{ attribute: 'status', in: ['Waiting'] }],
  });
  await lost;
  expect(written).toMatchObject({ applied: true, item: { status: 'Executing', starts: 1 } });
  expect(await read()).toMatchObject({ starts: 1 });
});

test('A refused write whose reply was lost is still refused', async () => {
  const { jobId, write } = writer();
  await write({ set: { status: 'Error' } });
  const lost = wire.loseReply(updateOf('jobs', jobId, 'Executing'));
  const written = await write({ set: { status: 'Executing' }, when: [{ attribute: 'status', in: ['Waiting'] }] });
  await lost;
  expect(written).toMatchObject({ applied: false, item: { status: 'Error' } });
});

test('Any other fault is thrown', async () => {
  const { write } = writer();
  await write({ set: { name: 'a' } });
  await expect(write({ add: { name: 1 } })).rejects.toThrow(/type|operand/i);
});

test('A request on a connection that died silently is sent again and takes effect once', async () => {
  const { write, read } = writer();
  const silent = wire.hold(updateOf('jobs', 'silent'));
  const when = [{ attribute: 'name', exists: false }];
  expect(await write({ set: { name: 'silent' }, add: { count: 1 }, when })).toMatchObject({ applied: true });
  silent.release();
  expect(await read()).toMatchObject({ name: 'silent', count: 1 });
}, 60_000);
