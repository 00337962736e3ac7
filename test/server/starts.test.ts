/** What becomes of claimed tasks that wait for a slot, with a real store and a real executor. */
import { afterAll, expect, test } from '@jest/globals';
import type { Job } from '#domain/jobs/job';
import { acceptCancel } from '#engine/jobs/cancel-job';
import { claimTask } from '#engine/tasks/claim-task';
import type { Attempts } from '#server/attempts/attempts';
import { Starts } from '#server/claiming/starts';
import { Executor } from '#server/execution/executor';
import { getTask } from '#store/tasks';
import { eventually } from '#test/support/flows/system';
import { quietAttempts } from '#test/support/server/attempts';
import { startStore } from '#test/support/store/engine';
import { recordedStatuses, startServer, submit, tasksLike } from '#test/support/store/trial';
import type { Call } from '#test/support/store/wire';

const wire = await startStore();

const PATIENCE = { limitMs: 20_000, everyMs: 5 };
const now = new Date().toISOString();
const executor = await Executor.open({ slots: 4, log: () => {} });
const handlers = executor.handlerNames;
afterAll(() => executor.close());

/** Claims these tasks of a new job for a new server, which has `free` slots and starts none of them yet. */
async function claimFor(free: number, count: number) {
  const state = { free, mayStart: true, late: 0 };
  const { serverId } = await startServer({ handlers });
  const attempts = quietAttempts(executor);
  const starts = new Starts({
    serverId,
    heartbeatMs: 10_000,
    candidates: { avoid() {} },
    attempts,
    // A slot that a task of this server has taken is not free again.
    freeSlots: () => state.free - attempts.count,
    mayStart: () => state.mayStart,
    onLate: () => {
      state.late += 1;
    },
  });
  const ids = tasksLike(count).map(({ taskId = '' }) => taskId);
  const job = await submit(tasksLike(count, { handler: 'sleep', input: { seconds: 600 } }));
  const keys = await Promise.all(ids.map((id) => getTask(job, id)));
  const tasks = await Promise.all(keys.map((key) => claimTask(key, { serverId, now })));
  const claimed = { tasks: tasks.filter((task) => task !== undefined), claims: [] };
  return { state, starts, attempts, job, ids, claimed };
}

const isRead = ({ operation }: Call) => operation === 'BatchGetItem';

/** Counts the reads before starts until it is stopped. */
function countReads() {
  const reads = { count: 0, stop: () => 0 };
  const stop = wire.onCall((call) => {
    if (isRead(call)) reads.count += 1;
  });
  reads.stop = () => {
    stop();
    return reads.count;
  };
  return reads;
}

/** Ends what has started, so that the next test has its slots. */
async function end(job: Job, attempts: Attempts): Promise<void> {
  await acceptCancel(job.jobId, { by: 'alice', at: now });
  attempts.stopAll({ cause: 'ServerStopped' });
  expect(await attempts.allRecorded(20_000)).toBe(true);
}

test('A task that was claimed before its slot was free starts when it is', async () => {
  const { state, starts, attempts, job, ids, claimed } = await claimFor(1, 2);
  const started = starts.start(claimed);
  expect([starts.count, starts.has(job.jobId)]).toEqual([2, true]);
  state.free = 2;
  starts.look();
  expect(await started).toMatchObject({ started: 2 });
  expect([attempts.count, starts.count, state.late]).toEqual([2, 0, 0]);
  expect(starts.has(job.jobId)).toBe(false);
  expect(await recordedStatuses(job, ...ids)).toEqual(['Executing', 'Executing']);
  await end(job, attempts);
});

test('A slot that becomes free while the job is read waits for no other read', async () => {
  const { state, starts, attempts, job, claimed } = await claimFor(1, 3);
  const held = wire.hold(isRead);
  const reads = countReads();
  const started = starts.start(claimed);
  await held.reached;
  state.free = 2;
  starts.look();
  held.release();
  await eventually(async () => attempts.count === 2, PATIENCE);
  expect(reads.count).toBe(1);
  state.free = 3;
  starts.look();
  expect(await started).toMatchObject({ started: 3 });
  expect(reads.stop()).toBe(2);
  await end(job, attempts);
});

test('A task that is late waits for no read of another', async () => {
  const { state, starts, attempts, job, claimed } = await claimFor(1, 2);
  const held = wire.hold(isRead);
  const started = starts.start(claimed);
  await held.reached;
  state.free = 2;
  await eventually(async () => attempts.count === 1, PATIENCE);
  held.release();
  expect(await started).toMatchObject({ started: 2 });
  await end(job, attempts);
});

test('Of a task that has started nothing is unknown, also if another one cannot be given back', async () => {
  const { starts, attempts, job, claimed } = await claimFor(1, 2);
  const accept = wire.refuse(({ operation }) => operation === 'UpdateItem', 'AccessDeniedException');
  const { started, unknown } = await starts.start(claimed);
  accept();
  expect([started, unknown]).toEqual([1, [claimed.tasks[1]?.claimId]]);
  await end(job, attempts);
});

test('A task that was claimed after its job was read is not started by that read', async () => {
  const { state, starts, attempts, job, claimed } = await claimFor(1, 2);
  const [first, second] = claimed.tasks;
  if (!first || !second) throw new Error('Two tasks were claimed.');
  const held = wire.hold(isRead);
  const reads = countReads();
  const started = [starts.start({ tasks: [first], claims: [] })];
  await held.reached;
  state.free = 2;
  started.push(starts.start({ tasks: [second], claims: [] }));
  held.release();
  expect(await Promise.all(started)).toMatchObject([{ started: 1 }, { started: 1 }]);
  expect(reads.stop()).toBe(2);
  await end(job, attempts);
});

test('A task that waits for a slot does not start if its job is cancelled', async () => {
  const { state, starts, attempts, job, ids, claimed } = await claimFor(0, 2);
  const started = starts.start(claimed);
  await acceptCancel(job.jobId, { by: 'alice', at: now });
  state.free = 2;
  starts.look();
  expect(await started).toMatchObject({ started: 0, unknown: [] });
  expect(attempts.count).toBe(0);
  expect(await recordedStatuses(job, ...ids)).toEqual(['NotRun', 'NotRun']);
});

test('A task that waits too long for a slot is given back, and the claim loop hears of it', async () => {
  const { state, starts, attempts, job, ids, claimed } = await claimFor(1, 2);
  expect(await starts.start(claimed)).toMatchObject({ started: 1, unknown: [] });
  expect(state.late).toBe(1);
  expect((await recordedStatuses(job, ...ids)).sort()).toEqual(['Executing', 'Ready']);
  await end(job, attempts);
});

test('A server that may not start tasks any more gives back at once what waits for a slot', async () => {
  const { state, starts, attempts, job, ids, claimed } = await claimFor(0, 2);
  const started = starts.start(claimed);
  state.mayStart = false;
  starts.look();
  expect(await started).toMatchObject({ started: 0, unknown: [] });
  expect([attempts.count, state.late]).toEqual([0, 0]);
  expect(await recordedStatuses(job, ...ids)).toEqual(['Ready', 'Ready']);
});

test.each([1, 2])(
  'If their job cannot be read, no task starts and none waits any more, free slots: %d',
  async (free) => {
    const { starts, attempts, job, ids, claimed } = await claimFor(free, 2);
    const accept = wire.refuse(isRead, 'AccessDeniedException');
    const unknown = claimed.tasks.map(({ claimId }) => claimId);
    expect(await starts.start(claimed)).toMatchObject({
      started: 0,
      unknown,
      fault: { name: 'AccessDeniedException' },
    });
    accept();
    expect([attempts.count, starts.count]).toEqual([0, 0]);
    expect(await recordedStatuses(job, ...ids)).toEqual(['Executing', 'Executing']);
  },
);
