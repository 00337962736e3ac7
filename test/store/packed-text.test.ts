import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { expect, test } from '@jest/globals';
import { finishTask } from '#engine/tasks/finish-task';
import { documents, tableName } from '#store/dynamodb/client';
import { getTask, keyOf, type TaskKey, toTask } from '#store/tasks';
import { startStore } from '#test/support/store/engine';
import { putRecord } from '#test/support/store/malformed';
import { start, startServer, submit } from '#test/support/store/trial';

await startStore();

const LONG = { lines: Array.from({ length: 100 }, (_, line) => ({ line, text: `Line ${line} – "ü" 😀` })) };

async function recordOf(key: TaskKey) {
  return (await documents().send(new GetCommand({ TableName: tableName('tasks'), Key: keyOf(key) }))).Item ?? {};
}

test('A long input and a long result lie compressed in the record, and are read as they were', async () => {
  const job = await submit([{ input: LONG }]);
  const task = await start(job, 't000001', await startServer());
  expect(task.input).toBe(JSON.stringify(LONG));
  await finishTask(task, JSON.stringify([LONG]), new Date().toISOString());
  expect(await getTask(job, 't000001')).toMatchObject({ input: JSON.stringify(LONG), result: JSON.stringify([LONG]) });
  const { input, result } = await recordOf(task);
  for (const packed of [input, result]) {
    expect(packed).toBeInstanceOf(Uint8Array);
    expect(packed.length).toBeLessThan(JSON.stringify(LONG).length / 3);
  }
});

test('A short input lies as it is', async () => {
  const short = { month: '2026-01' };
  const task = await start(await submit([{ input: short }]), 't000001', await startServer());
  expect(await recordOf(task)).toMatchObject({ input: JSON.stringify(short) });
});

test('A text that cannot be decompressed makes the record malformed', async () => {
  const job = await submit([{ input: LONG }]);
  const { shardId } = await getTask(job, 't000001');
  const record = { ...(await recordOf({ shardId, taskId: 't000001' })), input: Buffer.from('broken') };
  await putRecord('tasks', record);
  expect(() => toTask(record)).toThrow('cannot be decompressed');
});
