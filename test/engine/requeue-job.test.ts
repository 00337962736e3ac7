import { expect, test } from '@jest/globals';
import type { Job } from '#domain/jobs/job';
import { afterAttempt } from '#engine/after-end';
import { acceptCancel, cancelJob } from '#engine/jobs/cancel-job';
import { cancelTasks } from '#engine/jobs/cancel-tasks';
import { acceptRequeue } from '#engine/jobs/requeue-job';
import { requeueTasks } from '#engine/jobs/requeue-tasks';
import { claimTask } from '#engine/tasks/claim-task';
import { failTask } from '#engine/tasks/fail-task';
import { finishTask } from '#engine/tasks/finish-task';
import { unlockDependents, unlockWaiting } from '#engine/tasks/unlock-tasks';
import { readPlaces } from '#store/counts/count-rows';
import { queryAll } from '#store/dynamodb/read';
import { MAX_STATEMENTS } from '#store/dynamodb/statements';
import { listEvents } from '#store/events';
import { getJob } from '#store/jobs';
import { getTask, readyTaskKeys } from '#store/tasks';
import { eventually } from '#test/support/flows/system';
import { startStore } from '#test/support/store/engine';
import { AUTHOR, recordedStatuses, start, startServer, submit, tasksLike } from '#test/support/store/trial';
import { batchOf, updateOf } from '#test/support/store/wire';

const wire = await startStore();

const server = await startServer({ slots: 100 });
const DAY_MS = 24 * 3_600_000;

/** A job that ended: `good` finished, `bad` failed. Both ends were this many days ago. */
async function endedJob(daysAgo = 0): Promise<Job> {
  const job = await submit([{ taskId: 'good' }, { taskId: 'bad' }]);
  const now = new Date(Date.now() - daysAgo * DAY_MS).toISOString();
  const [good, bad] = [await start(job, 'good', server), await start(job, 'bad', server)];
  await finishTask(good, '1', now);
  await failTask(bad, { name: 'Error', message: 'no' }, { now });
  await afterAttempt({ job, task: bad });
  return getJob(job.jobId);
}

function requeue(job: Job, scope: 'All' | 'NotFinished' = 'NotFinished'): Promise<Job> {
  return acceptRequeue(job, scope, { by: 'alice', at: new Date().toISOString() });
}

async function expiries({ jobId }: Job): Promise<Map<unknown, number | undefined>> {
  const items = await queryAll({ table: 'tasks', partition: ['shardId', `${jobId}#0`], consistent: true });
  return new Map(items.map(({ taskId, expiresAt }) => [taskId, typeof expiresAt === 'number' ? expiresAt : undefined]));
}

test('A task that a requeue leaves alone is kept as long as those that run again, which have no expiry', async () => {
  const ended = await endedJob(80);
  const before = await expiries(ended);
  const job = await requeue(ended);
  await requeueTasks(job, Number.POSITIVE_INFINITY);
  const after = await expiries(job);
  expect((after.get('good') ?? 0) - (before.get('good') ?? 0)).toBeGreaterThan((79 * DAY_MS) / 1000);
  expect(after.get('bad')).toBeUndefined();
  expect(await recordedStatuses(job, 'good', 'bad')).toEqual(['Finished', 'Ready']);
  // A list finds it in the new run.
  expect(await readPlaces(job, [])).toEqual([{ shard: 0, from: 'good', to: 'good' }]);
});

test('Claims that arrive late claim no tasks of the next run', async () => {
  const job = await submit([{ taskId: 'a' }, { taskId: 'b', dependsOn: [{ taskId: 'a', expected: 'Finished' }] }]);
  const lateOfA = await finishNext(job);
  const lateOfB = await finishNext(job);
  const requeued = await requeue(await getJob(job.jobId), 'All');
  await requeueTasks(requeued, Number.POSITIVE_INFINITY);
  await lateOfA.release();
  expect(await recordedStatuses(job, 'a', 'b')).toEqual(['Ready', 'Waiting']);
  await finishNext(job);
  await lateOfB.release();
  expect(await recordedStatuses(job, 'a', 'b')).toEqual(['Finished', 'Ready']);
});

/** Claims the next Ready task and finishes it; returns the first request of the claim, which has not arrived yet. */
async function finishNext({ jobId }: Job) {
  const late = wire.delay(updateOf('tasks', `${jobId}#0`, server.serverId));
  const now = new Date().toISOString();
  const [key] = await readyTaskKeys(`${jobId}#0`, { batchGroup: 'default', now, limit: 1 });
  const task = key && (await claimTask(key, { serverId: server.serverId, now }));
  if (!task) throw new Error('No task is Ready.');
  await finishTask(task, undefined, now);
  await afterAttempt({ job: await getJob(jobId), task });
  return late;
}

test('A pass that was cut off, repeated or doubled requeues each task once', async () => {
  const job = await requeue(await endedJob(), 'All');
  expect(await requeueTasks(job, 0)).toBe(false);
  await Promise.all([requeueTasks(job, Number.POSITIVE_INFINITY), requeueTasks(job, Number.POSITIVE_INFINITY)]);
  expect(await recordedStatuses(job, 'good', 'bad')).toEqual(['Ready', 'Ready']);
  const again = await start(await getJob(job.jobId), 'good', server);
  await requeueTasks(job, Number.POSITIVE_INFINITY);
  expect(await recordedStatuses(job, 'good')).toEqual(['Executing']);
  expect(again).toMatchObject({ attempt: 2, run: 2, failures: 0 });
});

test('A late write of a pass leaves a task as it is that has run again since', async () => {
  const job = await requeue(await endedJob(), 'All');
  const late = wire.hold(batchOf('tasks', `${job.jobId}#0`, 'good'));
  const overtaken = requeueTasks(job, Number.POSITIVE_INFINITY);
  await late.reached;
  await requeueTasks(job, Number.POSITIVE_INFINITY);
  await finishTask(await start(await getJob(job.jobId), 'good', server), '2', new Date().toISOString());
  late.release();
  await overtaken;
  expect(await getTask(job, 'good')).toMatchObject({ status: 'Finished', result: '2', attempt: 2 });
});

test('The pass tells the event of a requeue whose request died right after the acceptance, once', async () => {
  const job = await requeue(await endedJob(), 'All');
  const { requestedBy: by, requestedAt: at, scope } = job.requeue ?? {};
  for (const _ of ['first', 'again']) await requeueTasks(job, Number.POSITIVE_INFINITY);
  const { events } = await listEvents(job, { limit: 10 });
  const told = events.filter(({ type }) => type === 'JobRequeued');
  expect(told).toEqual([{ at, type: 'JobRequeued', by, scope, run: 2 }]);
});

test('The pass unlocks tasks whose dependencies have ended before servers may see the job', async () => {
  const ended = await submit([
    { taskId: 'good' },
    { taskId: 'bad', dependsOn: [{ taskId: 'good', expected: 'Finished' }] },
  ]);
  const now = new Date().toISOString();
  for (const taskId of ['good', 'bad']) {
    const task = await start(ended, taskId, server);
    if (taskId === 'good') await finishTask(task, '1', now);
    else await failTask(task, { name: 'Error', message: 'no' }, { now });
    await afterAttempt({ job: ended, task });
  }
  const job = await requeue(await getJob(ended.jobId));
  const unlocking = wire.hold(updateOf('tasks', `${job.jobId}#0`, 'bad', 'Ready'));
  const pass = requeueTasks(job, Number.POSITIVE_INFINITY);
  await unlocking.reached;
  expect(await getJob(job.jobId)).toHaveProperty('requeue');
  unlocking.release();
  expect(await pass).toBe(true);
  expect(await recordedStatuses(job, 'good', 'bad')).toEqual(['Finished', 'Ready']);
  expect((await getJob(job.jobId)).dispatchGroup).toBeDefined();
});

test('Of two requeues at once one is accepted, and no task of the job may start before the end of the pass', async () => {
  const ended = await endedJob();
  const outcomes = await Promise.allSettled([requeue(ended, 'All'), requeue(ended, 'All')]);
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  const job = await getJob(ended.jobId);
  expect(job).toMatchObject({ status: 'Waiting', run: 2, requeue: { scope: 'All' } });
  expect(job.dispatchGroup).toBeUndefined();
  const claim = { serverId: server.serverId, now: new Date().toISOString() };
  expect(await claimTask({ shardId: `${job.jobId}#0`, taskId: 'bad' }, claim)).toBeUndefined();
  await requeueTasks(job, Number.POSITIVE_INFINITY);
  expect((await getJob(job.jobId)).dispatchGroup).toBeDefined();
});

const CHAIN = [{ taskId: 'z' }, { taskId: 'b', dependsOn: [{ taskId: 'z', expected: 'Finished' as const }] }];
/** Between the two, so that the pass writes them in two requests. */
const BETWEEN = tasksLike(MAX_STATEMENTS);

/** Requeues all; `late` unlocks when the pass has reached b, but not yet z. */
async function requeueAround(job: Job, late: () => Promise<void>): Promise<string[]> {
  const requeued = await requeue(await getJob(job.jobId), 'All');
  const held = wire.hold(batchOf('tasks', `${job.jobId}#0`, 'z'));
  const passed = requeueTasks(requeued, Number.POSITIVE_INFINITY);
  await held.reached;
  await eventually(async () => (await recordedStatuses(job, 'b'))[0] === 'Waiting');
  await late();
  held.release();
  await passed;
  return recordedStatuses(job, 'z', 'b');
}

test('A reaper that read the job in its previous run drops no task of the next run', async () => {
  const job = await submit([...CHAIN, ...BETWEEN]);
  const cancel = { by: 'bob', at: new Date().toISOString() };
  await cancelTasks(await acceptCancel(job.jobId, cancel), Number.POSITIVE_INFINITY);
  expect(await requeueAround(job, async () => void (await unlockWaiting(job, Number.POSITIVE_INFINITY)))).toEqual([
    'Ready',
    'Waiting',
  ]);
});

test('A server that is slow after an end in the previous run makes no task of the next run Ready', async () => {
  const job = await submit([...CHAIN, ...BETWEEN]);
  const z = await start(job, 'z', server);
  await finishTask(z, undefined, new Date().toISOString());
  await unlockDependents(job, z);
  const b = await start(job, 'b', server);
  await finishTask(b, undefined, new Date().toISOString());
  await cancelTasks(await acceptCancel(job.jobId, AUTHOR), Number.POSITIVE_INFINITY);
  expect(await requeueAround(job, async () => void (await unlockDependents(job, z)))).toEqual(['Ready', 'Waiting']);
});

test('A kept task counts in the new run for its dependents', async () => {
  const job = await submit(CHAIN);
  const z = await start(job, 'z', server);
  await finishTask(z, undefined, new Date().toISOString());
  await unlockDependents(job, z);
  const b = await start(job, 'b', server);
  await failTask(b, { name: 'Error', message: 'no' }, { now: new Date().toISOString() });
  await afterAttempt({ job, task: b });
  await requeueTasks(await requeue(await getJob(job.jobId)), Number.POSITIVE_INFINITY);
  expect(await recordedStatuses(job, 'z', 'b')).toEqual(['Finished', 'Ready']);
});

test('A cancel counts while a requeue passes over the tasks, and none of them starts', async () => {
  const job = await requeue(await endedJob(), 'All');
  const held = wire.hold(batchOf('tasks', `${job.jobId}#0`, 'Ready'));
  const pass = requeueTasks(job, Number.POSITIVE_INFINITY);
  await held.reached;
  expect(await cancelJob(job, { by: 'bob', from: '192.0.2.1', at: new Date().toISOString() })).toMatchObject({
    status: 'Cancelling',
  });
  held.release();
  expect(await pass).toBe(true);
  expect(await recordedStatuses(job, 'good', 'bad')).toEqual(['NotRun', 'NotRun']);
  expect(await getJob(job.jobId)).toMatchObject({ status: 'Cancelled', run: 2 });
});

test('A job that was cancelled before its start time, or while it was held, waits as before when it is requeued', async () => {
  const startAt = new Date(Date.now() + 2 * 3_600_000).toISOString();
  const at = new Date().toISOString();
  const scheduled = await submit([{}], { startAt });
  const held = await submit([{}], { hold: true });
  for (const each of [scheduled, held]) {
    await cancelJob(each, { by: 'bob', from: '192.0.2.1', at });
    const job = await requeue(await getJob(each.jobId), 'All');
    await requeueTasks(job, Number.POSITIVE_INFINITY);
  }
  expect(await getJob(scheduled.jobId)).toMatchObject({ status: 'Waiting', startAt, dispatchAt: startAt });
  expect(await readyTaskKeys(`${scheduled.jobId}#0`, { batchGroup: 'default', now: at, limit: 10 })).toEqual([]);
  expect(await getJob(held.jobId)).toMatchObject({ status: 'Withhold' });
});
