/** The claim loop on a real store with a real executor: what it starts, and what it gives back. */
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, expect, test } from '@jest/globals';
import { MAX_ERROR_CHARACTERS } from '#domain/limits';
import { acceptRequeue } from '#engine/jobs/requeue-job';
import { requeueTasks } from '#engine/jobs/requeue-tasks';
import { claimTask } from '#engine/tasks/claim-task';
import { Attempts } from '#server/attempts/attempts';
import { Candidates } from '#server/claiming/candidates';
import { ClaimLoop } from '#server/claiming/claim-loop';
import { Executor } from '#server/execution/executor';
import { documents, tableName } from '#store/dynamodb/client';
import { getJob, moveJob } from '#store/jobs';
import { getTask } from '#store/tasks';
import { eventually } from '#test/support/flows/system';
import { startStore } from '#test/support/store/engine';
import { recordedStatuses, startServer, submit } from '#test/support/store/trial';
import { updateOf } from '#test/support/store/wire';

const wire = await startStore();

const PATIENCE = { limitMs: 20_000 };
const now = new Date().toISOString();
const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** A server with one slot that claims until the test is over. */
async function serve(candidates: Pick<Candidates, 'find'> = new Candidates(['default'])) {
  const { serverId } = await startServer();
  const executor = await Executor.open({ slots: 1, log: () => {} });
  const attempts = new Attempts({
    executor,
    serverEnd: new AbortController().signal,
    onSlotFree: () => loop.wake(),
    onFinished() {},
    onRecorded() {},
  });
  const loop = new ClaimLoop({
    serverId,
    heartbeatMs: 10_000,
    candidates,
    attempts,
    reservedSlots: 0,
    freeSlots: () => executor.freeSlots,
    mayStart: () => true,
  });
  loop.start();
  ends.push(async () => {
    await loop.stop();
    await executor.close();
    await attempts.allRecorded(PATIENCE.limitMs);
  });
  return { serverId, loop };
}

test('A claim that lands after it was given up is given back, although every slot is taken', async () => {
  const { serverId, loop } = await serve();
  const long = await submit([{ taskId: 'long', handler: 'sleep', input: { seconds: 600 } }]);
  await eventually(async () => (await recordedStatuses(long, 'long'))[0] === 'Executing', PATIENCE);
  const job = await submit([{ taskId: 'a' }]);
  loop.recover();
  const stray = await claimTask(await getTask(job, 'a'), { serverId, now });
  expect(stray).toBeDefined();
  await eventually(async () => (await recordedStatuses(job, 'a'))[0] === 'Ready', PATIENCE);
  expect(await recordedStatuses(long, 'long')).toEqual(['Executing']);
});

test('Nothing of a job starts while it is being requeued, for what a task depends on may be of the run before', async () => {
  const job = await submit([{ taskId: 'a' }, { taskId: 'b' }]);
  for (const move of ['start', 'finish'] as const) await moveJob(job.jobId, move);
  const requeued = await acceptRequeue(await getJob(job.jobId), 'All', { by: 'alice', at: now });
  const undone = wire.hold(updateOf('tasks', 'a', 'default##a'));
  // A look from before the job's end still knows the key.
  await serve({ find: async () => [await getTask(job, 'a')] });
  await undone.reached;
  expect(await recordedStatuses(job, 'a')).toEqual(['Executing']);
  undone.release();
  await requeueTasks(requeued, Number.POSITIVE_INFINITY);
  await eventually(async () => (await recordedStatuses(job, 'a'))[0] === 'Finished', PATIENCE);
});

test('A task comes to its end whose error is cut amid a character', async () => {
  await serve();
  const message = `${'x'.repeat(MAX_ERROR_CHARACTERS - 1)}\u{1F525}`;
  const job = await submit([{ taskId: 'a', handler: 'fail', input: { message } }]);
  await eventually(async () => (await recordedStatuses(job, 'a'))[0] === 'Error', PATIENCE);
});

test.each(['echo', 'fail'])(
  'A task comes to its end although DynamoDB refuses to keep what it has given: %s',
  async (handler) => {
    const message = 'm'.repeat(MAX_ERROR_CHARACTERS);
    const job = await submit([{ taskId: 'a', handler, input: { message } }], { hold: true });
    const { shardId } = await getTask(job, 'a');
    // The largest record that DynamoDB keeps has 400 KB.
    await documents().send(
      new UpdateCommand({
        TableName: tableName('tasks'),
        Key: { shardId, taskId: 'a' },
        UpdateExpression: 'SET filler = :filler',
        ExpressionAttributeValues: { ':filler': 'f'.repeat(400 * 1024 - 2_300) },
      }),
    );
    await moveJob(job.jobId, 'release', { dispatch: job });
    await serve();
    await eventually(async () => (await getJob(job.jobId)).status === 'Error', PATIENCE);
    expect(await getTask(job, 'a')).toMatchObject({
      attempts: [{ outcome: 'Error', error: { name: 'EndNotKept', message: expect.stringContaining('size') } }],
    });
  },
);
