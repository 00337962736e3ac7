import { expect, test } from '@jest/globals';
import type { Job } from '#domain/jobs/job';
import { afterAttempt } from '#engine/after-end';
import { acceptCancel } from '#engine/jobs/cancel-job';
import { cancelTasks } from '#engine/jobs/cancel-tasks';
import { completeJob } from '#engine/jobs/complete-job';
import { restJob } from '#engine/jobs/offer-job';
import { failTask } from '#engine/tasks/fail-task';
import { finishTask } from '#engine/tasks/finish-task';
import { unlockDependents, unlockWaiting } from '#engine/tasks/unlock-tasks';
import { getJob } from '#store/jobs';
import { taskCountsOf } from '#store/reads/counting';
import { openTaskKeys } from '#store/reads/task-pages';
import { getTask, readyTaskKeys } from '#store/tasks';
import { startStore } from '#test/support/store/engine';
import { recordedStatuses, start, startServer, submit, tasksLike } from '#test/support/store/trial';
import { queryOf, updateOf } from '#test/support/store/wire';

const wire = await startStore();

type Tasks = Parameters<typeof submit>[0];

const NO_DEADLINE = Number.POSITIVE_INFINITY;
const server = await startServer({ slots: 100 });
const now = new Date().toISOString();
const on = (expected: 'Finished' | 'Error' | 'FinishedOrError', ...taskIds: string[]) =>
  taskIds.map((taskId) => ({ taskId, expected }));

/** Runs the task and records its end without what follows, like a server that dies right then. */
async function endOnly(job: Job, taskId: string, outcome: 'Finished' | 'Error' = 'Finished') {
  const task = await start(job, taskId, server);
  if (outcome === 'Finished') await finishTask(task, undefined, now);
  else await failTask(task, { name: 'Error', message: 'no' }, { now });
  return task;
}

async function end(job: Job, taskId: string, outcome: 'Finished' | 'Error' = 'Finished'): Promise<void> {
  await afterAttempt({ job, task: await endOnly(job, taskId, outcome) });
}

const CHAIN: Tasks = [
  { taskId: 'a' },
  { taskId: 'b', dependsOn: on('Finished', 'a') },
  { taskId: 'c', dependsOn: on('Finished', 'b') },
];
const DIAMOND: Tasks = [
  { taskId: 'top' },
  { taskId: 'left', dependsOn: on('Finished', 'top') },
  { taskId: 'right', dependsOn: on('Finished', 'top') },
  { taskId: 'bottom', dependsOn: on('Finished', 'left', 'right') },
];

test('A chain is unlocked task by task, and its last task ends the job', async () => {
  const job = await submit(CHAIN);
  expect(await recordedStatuses(job, 'a', 'b', 'c')).toEqual(['Ready', 'Waiting', 'Waiting']);
  await end(job, 'a');
  expect(await recordedStatuses(job, 'a', 'b', 'c')).toEqual(['Finished', 'Ready', 'Waiting']);
  const ready = await readyTaskKeys(`${job.jobId}#0`, { batchGroup: 'default', now, limit: 5 });
  expect(ready.map(({ taskId }) => taskId)).toEqual(['b']);
  await end(job, 'b');
  await end(job, 'c');
  expect(await getJob(job.jobId)).toMatchObject({ status: 'Finished' });
});

test('In a diamond the bottom waits for both sides', async () => {
  const job = await submit(DIAMOND);
  await end(job, 'top');
  await end(job, 'left');
  expect(await recordedStatuses(job, 'left', 'right', 'bottom')).toEqual(['Finished', 'Ready', 'Waiting']);
  await end(job, 'right');
  expect(await recordedStatuses(job, 'bottom')).toEqual(['Ready']);
});

test('Many sides that end at the same moment unlock the bottom', async () => {
  const sides = tasksLike(12).map(({ taskId = '' }) => taskId);
  const job = await submit([...tasksLike(12), { taskId: 'bottom', dependsOn: on('Finished', ...sides) }]);
  await Promise.all(sides.map((taskId) => end(job, taskId)));
  expect(await recordedStatuses(job, 'bottom')).toEqual(['Ready']);
});

test('A chain whose condition can no longer be met is NotRun down to its end, and the job ends', async () => {
  const job = await submit([...CHAIN, { taskId: 'd', dependsOn: on('FinishedOrError', 'c') }]);
  await end(job, 'a', 'Error');
  expect(await recordedStatuses(job, 'a', 'b', 'c', 'd')).toEqual(['Error', 'NotRun', 'NotRun', 'NotRun']);
  expect(await getTask(job, 'c')).toHaveProperty('endedAt');
  expect((await openTaskKeys(`${job.jobId}#0`, { limit: 5 })).keys).toEqual([]);
  expect(await getJob(job.jobId)).toMatchObject({ status: 'Error', taskCounts: { Error: 1, NotRun: 3 } });
});

test('Tasks that wait for a failure, for either end, or for any of several are unlocked when it happens', async () => {
  const job = await submit([
    ...tasksLike(2),
    { taskId: 'onError', dependsOn: on('Error', 't1') },
    { taskId: 'onEither', dependsOn: on('FinishedOrError', 't1') },
    { taskId: 'onFinished', dependsOn: on('Finished', 't1') },
    { taskId: 'onAny', dependsOn: on('Finished', 't1', 't2'), dependencyCondition: 'Any' },
  ]);
  await end(job, 't1', 'Error');
  const later = ['onError', 'onEither', 'onFinished', 'onAny'];
  expect(await recordedStatuses(job, ...later)).toEqual(['Ready', 'Ready', 'NotRun', 'Waiting']);
  await end(job, 't2');
  expect(await recordedStatuses(job, 'onAny')).toEqual(['Ready']);
});

test('A task with a retry left unlocks nothing', async () => {
  const job = await submit([{ taskId: 'a', maxRetries: 1 }, ...CHAIN.slice(1)]);
  const task = await start(job, 'a', server);
  await failTask(task, { name: 'Error', message: 'no' }, { now, retryAt: now });
  await afterAttempt({ job, task });
  expect(await recordedStatuses(job, 'a', 'b', 'c')).toEqual(['Ready', 'Waiting', 'Waiting']);
});

test('An unlocking that a crash cut off after an end is completed', async () => {
  const job = await submit(DIAMOND);
  await endOnly(job, 'top');
  expect(await recordedStatuses(job, 'left', 'right')).toEqual(['Waiting', 'Waiting']);
  await unlockWaiting(job, NO_DEADLINE);
  expect(await recordedStatuses(job, 'left', 'right', 'bottom')).toEqual(['Ready', 'Ready', 'Waiting']);
});

test('An unlocking that a crash cut off amid a chain of skipped tasks is completed', async () => {
  const job = await submit(CHAIN);
  const task = await endOnly(job, 'a', 'Error');
  const skipping = wire.hold(updateOf('tasks', `${job.jobId}#0`, 'c', 'NotRun'));
  const unlocked = unlockDependents(job, task);
  await skipping.reached;
  expect(await recordedStatuses(job, 'b', 'c')).toEqual(['NotRun', 'Waiting']);
  await unlockWaiting(job, NO_DEADLINE);
  expect(await recordedStatuses(job, 'b', 'c')).toEqual(['NotRun', 'NotRun']);
  expect(await completeJob(job.jobId, job)).toMatchObject({ status: 'Error' });
  skipping.release();
  await unlocked;
});

test('A pass over a large job that stops at its deadline goes on from there, and misses nothing', async () => {
  const job = await submit([
    { taskId: 'a' },
    ...tasksLike(1_200, { dependsOn: on('FinishedOrError', 'a') }).slice(200),
  ]);
  await endOnly(job, 'a');
  let looks = 0;
  const stop = wire.onCall((call) => {
    if (queryOf('byOpen')(call)) looks += 1;
  });
  let calls = 1;
  for (; !(await unlockWaiting(await getJob(job.jobId), 0)).isDone; calls += 1) expect(calls).toBeLessThan(20);
  stop();
  expect([calls, looks]).toEqual([11, 11]);
  expect(await taskCountsOf(await getJob(job.jobId))).toMatchObject({ taskCounts: { Finished: 1, Ready: 1_000 } });
  expect((await getJob(job.jobId)).unlockFrom).toBeUndefined();
});

test('A task that many tasks wait for is read once', async () => {
  const job = await submit([{ taskId: 'a' }, ...tasksLike(600, { dependsOn: on('Finished', 'a') })]);
  const reads: string[] = [];
  const stop = wire.onCall(({ operation, body }) => {
    if (operation === 'BatchGetItem') reads.push(body);
  });
  await unlockWaiting(job, NO_DEADLINE);
  stop();
  expect(reads.filter((body) => body.includes('"taskId":{"S":"a"}'))).toHaveLength(1);
});

test('Unlocking by several at once, and again, does no harm', async () => {
  const job = await submit(DIAMOND);
  const top = await endOnly(job, 'top');
  await Promise.all([
    unlockDependents(job, top),
    unlockDependents(job, top),
    unlockWaiting(job, NO_DEADLINE),
    unlockWaiting(job, NO_DEADLINE),
  ]);
  const left = await start(job, 'left', server);
  await unlockDependents(job, top);
  await unlockWaiting(job, NO_DEADLINE);
  expect(await getTask(job, 'left')).toEqual(left);
  expect(await recordedStatuses(job, 'right', 'bottom')).toEqual(['Ready', 'Waiting']);
});

test('Dependents are unlocked across the shards of a large job', async () => {
  const job = await submit([
    ...tasksLike(1_500),
    { taskId: 'far', dependsOn: on('Finished', 't1', 't1500') },
    { taskId: 'farther', dependsOn: on('Finished', 'far') },
  ]);
  await end(job, 't1');
  await end(job, 't1500');
  expect(await recordedStatuses(job, 'far', 'farther')).toEqual(['Ready', 'Waiting']);
});

test('An unlocking after a cancel has dropped the task changes nothing', async () => {
  const job = await submit(CHAIN);
  const task = await endOnly(job, 'a');
  const unlocking = wire.hold(updateOf('tasks', `${job.jobId}#0`, 'b', 'Ready'));
  const unlocked = unlockDependents(job, task);
  await unlocking.reached;
  const cancelling = await acceptCancel(job.jobId, { by: 'bob', at: now });
  await cancelTasks(cancelling, Number.POSITIVE_INFINITY);
  unlocking.release();
  await unlocked;
  expect(await recordedStatuses(job, 'a', 'b', 'c')).toEqual(['Finished', 'NotRun', 'NotRun']);
});

test('What follows an end, repeated, offers the job of a task that an earlier call made Ready', async () => {
  const job = await submit([{ taskId: 'a' }, { taskId: 'b', dependsOn: [{ taskId: 'a', expected: 'Finished' }] }]);
  const task = await start(job, 'a', server);
  await finishTask(task, '1', now);
  const j = await getJob(job.jobId);
  await restJob(j);
  expect((await getJob(job.jobId)).dispatchAt).toBeUndefined();
  expect(await unlockDependents(j, task)).toBe(true);
  await afterAttempt({ job: j, task });
  expect((await getJob(job.jobId)).dispatchAt).toBeDefined();
});

const LINKS = 150;
/** Each task expects the one before it to finish. */
const LONG_CHAIN: Tasks = tasksLike(LINKS).map((task, index) =>
  index === 0 ? task : { ...task, dependsOn: on('Finished', `t${index}`) },
);
const notRun = async (job: Job) => (await taskCountsOf(await getJob(job.jobId))).taskCounts.NotRun;

test('A long chain that never runs is read at once, not link by link', async () => {
  const job = await submit([...LONG_CHAIN, { taskId: 'later', dependsOn: on('Error', 't1') }]);
  const first = await endOnly(job, 't1', 'Error');
  let reads = 0;
  const stop = wire.onCall(({ operation }) => {
    if (operation === 'BatchGetItem' || operation === 'Query') reads += 1;
  });
  await afterAttempt({ job, task: first });
  stop();
  expect(reads).toBeLessThan(LINKS / 2);
  expect(await notRun(job)).toBe(LINKS - 1);
  expect(await recordedStatuses(job, 'later')).toEqual(['Ready']);
});

test('An unlocking may stop in the middle, and the next ones complete it', async () => {
  const job = await submit(LONG_CHAIN);
  const first = await endOnly(job, 't1', 'Error');
  let looks = 0;
  await afterAttempt({ job, task: first, mayGoOn: () => ++looks <= 10 });
  const before = await notRun(job);
  expect(before).toBeGreaterThan(0);
  expect(before).toBeLessThan(LINKS - 1);
  expect(await getJob(job.jobId)).toMatchObject({ status: 'Executing' });
  for (let calls = 0; !(await unlockWaiting(await getJob(job.jobId), 0)).isDone; calls += 1)
    expect(calls).toBeLessThan(20);
  expect(await notRun(job)).toBe(LINKS - 1);
});

test('A chain against the order of its ids is skipped to its end although each pass stops at its deadline', async () => {
  const links = tasksLike(250).map((task, index) =>
    index === 249 ? task : { ...task, dependsOn: on('Finished', `t${index + 2}`) },
  );
  const job = await submit(links);
  await endOnly(job, 't250', 'Error');
  for (let calls = 0; (await notRun(job)) < 249; calls += 1) {
    expect(calls).toBeLessThan(20);
    await unlockWaiting(await getJob(job.jobId), 0);
  }
});
