import { expect, test } from '@jest/globals';
import { baseOf, type Job, noTasks, type TaskCounts, withoutNegative } from '#domain/jobs/job';
import { acceptCancel } from '#engine/jobs/cancel-job';
import { cancelTasks } from '#engine/jobs/cancel-tasks';
import { completeJob } from '#engine/jobs/complete-job';
import { acceptRequeue, requeueJob } from '#engine/jobs/requeue-job';
import { requeueTasks } from '#engine/jobs/requeue-tasks';
import { repairCounts } from '#engine/reaper/repair-counts';
import { failTask } from '#engine/tasks/fail-task';
import { finishTask } from '#engine/tasks/finish-task';
import { undoClaim } from '#engine/tasks/undo-claim';
import { readCountRows, readPlaces } from '#store/counts/count-rows';
import { writeCounts } from '#store/counts/keep-counts';
import { doubtCounts, forgetTallies } from '#store/counts/tallies';
import { guardedWrites } from '#store/dynamodb/guarded-writes';
import { getJob } from '#store/jobs';
import { recordedCounts, taskCountsOf } from '#store/reads/counting';
import { keyOf } from '#store/tasks';
import { cutOffWrites } from '#test/support/store/cut-off';
import { startStore } from '#test/support/store/engine';
import { AUTHOR, start, startServer, submit, type TaskOptions, tasksLike } from '#test/support/store/trial';
import { batchOf } from '#test/support/store/wire';

const wire = await startStore();

const server = await startServer();
const now = new Date().toISOString();

/** The counts that a reader sees, without those that are 0. */
async function counts({ jobId }: Job) {
  return baseOf((await taskCountsOf(await getJob(jobId))).taskCounts);
}

/** A cancelled job of these tasks: t1 has finished, the others never started. */
async function endedWith(tasks: readonly TaskOptions[]): Promise<Job> {
  const job = await submit(tasks);
  await finishTask(await start(job, 't1', server), undefined, now);
  await cancelTasks(await acceptCancel(job.jobId, { by: 'bob', at: now }), Number.POSITIVE_INFINITY);
  return getJob(job.jobId);
}

/** What this process has counted stays in its row, and it begins anew, as another process does. */
async function goOnAsAnotherProcess({ jobId }: Job): Promise<void> {
  await writeCounts();
  forgetTallies(jobId);
}

/** The process dies before it writes what it has counted. */
function dieUncounted({ jobId }: Job): void {
  forgetTallies(jobId);
}

test('Counts follow every move of every process, and no read of them touches a task', async () => {
  const job = await submit(tasksLike(6));
  const first = await start(job, 't1', server);
  await goOnAsAnotherProcess(job);
  await finishTask(first, undefined, now);
  await failTask(await start(job, 't2', server), { name: 'Error', message: 'no' }, { now });
  await undoClaim(await start(job, 't3', server));
  await goOnAsAnotherProcess(job);
  await start(job, 't4', server);
  const held = wire.hold(({ operation, body }) => operation === 'Query' && String(body).includes('-tasks'));
  expect(await counts(job)).toEqual({ Finished: 1, Error: 1, Ready: 3, Executing: 1 });
  held.release();
});

test('A move from one of several statuses counts from the one that it had', async () => {
  const job = await submit(tasksLike(4));
  const [told, running] = [await start(job, 't1', server), await start(job, 't2', server)];
  const cancelling = await acceptCancel(job.jobId, { by: 'bob', at: now });
  expect(await counts(job)).toEqual({ Cancelling: 2, NotRun: 2 });
  await finishTask(running, undefined, now);
  await cancelTasks(cancelling, Number.POSITIVE_INFINITY);
  await finishTask(told, undefined, now);
  expect(await counts(job)).toEqual({ Finished: 2, NotRun: 2 });
});

test('Moves of many tasks in one request are counted', async () => {
  const job = await submit(tasksLike(3));
  const tasks = [await start(job, 't1', server), await start(job, 't2', server)];
  await guardedWrites(
    tasks.map((task) => ({
      table: 'tasks',
      key: keyOf(task),
      move: { from: ['Executing'], to: 'Cancelling' },
      when: [{ attribute: 'run', in: [1] }],
    })),
  );
  expect(await counts(job)).toEqual({ Ready: 1, Cancelling: 2 });
});

test('A move that is counted before an earlier one of its task shows the task once', async () => {
  const job = await submit(tasksLike(2));
  const task = await start(job, 't1', server);
  dieUncounted(job);
  await finishTask(task, undefined, now);
  expect(await counts(job)).toEqual({ Ready: 1, Finished: 1 });
});

test('No number is negative, and the sum stays', () => {
  const torn: TaskCounts = { ...noTasks(), Waiting: 1, Ready: 2, Executing: -3, Cancelling: 2, Finished: 1 };
  expect(withoutNegative(torn)).toEqual({ ...noTasks(), Cancelling: 2, Finished: 1 });
});

test('A second run begins with the counts at the end of the first', async () => {
  const job = await submit(tasksLike(2));
  await finishTask(await start(job, 't1', server), undefined, now);
  await failTask(await start(job, 't2', server), { name: 'Error', message: 'no' }, { now });
  const ended = await completeJob(job.jobId, job);
  expect(ended).not.toHaveProperty('countsBase');
  await requeueJob(await getJob(job.jobId), 'NotFinished', AUTHOR);
  expect(await counts(job)).toEqual({ Finished: 1, Ready: 1 });
  await goOnAsAnotherProcess(job);
  await start(job, 't2', server);
  expect(await counts(job)).toEqual({ Finished: 1, Executing: 1 });
});

test('Counts are exact at the end of a requeue whose first pass died anywhere, uncounted', async () => {
  // Its writes go in three requests; then it unlocks one task.
  const tasks = [
    ...tasksLike(51),
    { taskId: 'u', dependsOn: [{ taskId: 't1', expected: 'FinishedOrError' as const }] },
  ];
  let isCut = true;
  for (let index = 1; isCut; index += 1) {
    const job = await endedWith(tasks);
    const requeued = await acceptRequeue(job, 'NotFinished', { ...AUTHOR, at: new Date().toISOString() });
    isCut = await cutOffWrites(wire, () => requeueTasks(requeued, Number.POSITIVE_INFINITY), index);
    dieUncounted(job);
    const left = await getJob(job.jobId);
    if (left.requeue) await requeueTasks(left, Number.POSITIVE_INFINITY, 0);
    await goOnAsAnotherProcess(job);
    expect(await counts(job)).toEqual({ Finished: 1, Ready: 51 });
    expect(await readPlaces(left, await readCountRows(left))).toEqual([{ shard: 0, from: 't1', to: 't1' }]);
  }
});

test('They are exact, too, if the dead pass was first with a task that the other had read before', async () => {
  const job = await endedWith(tasksLike(3));
  const requeued = await acceptRequeue(job, 'NotFinished', { ...AUTHOR, at: new Date().toISOString() });
  const late = wire.hold(batchOf('tasks', `${job.jobId}#0`, 't2'));
  const pass = requeueTasks(requeued, Number.POSITIVE_INFINITY, 0);
  await late.reached;
  expect(await cutOffWrites(wire, () => requeueTasks(requeued, Number.POSITIVE_INFINITY), 2)).toBe(true);
  dieUncounted(job);
  late.release();
  expect(await pass).toBe(true);
  expect(await counts(job)).toEqual({ Finished: 1, Ready: 2 });
});

test('What a dead process has not counted is counted anew, unless a task moves meanwhile', async () => {
  const job = await submit(tasksLike(3));
  await finishTask(await start(job, 't1', server), undefined, now);
  dieUncounted(job);
  await start(job, 't2', server);
  doubtCounts(job.jobId);
  await goOnAsAnotherProcess(job);
  expect(await counts(job)).toEqual({ Ready: 2, Executing: 1 });
  const held = wire.hold(({ operation, body }) => operation === 'Query' && String(body).includes('-tasks'));
  const disturbed = repairCounts(await getJob(job.jobId), 0);
  await held.reached;
  await start(job, 't3', server);
  held.release();
  await disturbed;
  expect(await counts(job)).toEqual({ Ready: 1, Executing: 2 });
  await repairCounts(await getJob(job.jobId), 0);
  expect(await counts(job)).toEqual({ Finished: 1, Executing: 2 });
  expect(await counts(job)).toEqual(baseOf(await recordedCounts(await getJob(job.jobId))));
});

test('A doubt is kept, also by a process that has moved no task of the job yet', async () => {
  const [job, other] = [await submit(tasksLike(2)), await submit(tasksLike(2))];
  const task = await start(job, 't1', server);
  await start(other, 't1', server);
  for (const { jobId } of [job, other]) dieUncounted(await getJob(jobId));
  // Another process settles what the dead one held, and finds that it was moved.
  doubtCounts(job.jobId, task.run);
  // The outcome of a claim is not known, nor is the run.
  doubtCounts(other.jobId);
  await start(other, 't2', server);
  for (const each of [job, other]) {
    await goOnAsAnotherProcess(each);
    await repairCounts(await getJob(each.jobId), 0);
  }
  expect(await counts(job)).toEqual({ Ready: 1, Executing: 1 });
  expect(await counts(other)).toEqual({ Executing: 2 });
});

test('Counts without a doubt are not counted anew', async () => {
  const job = await submit(tasksLike(2));
  await start(job, 't1', server);
  await goOnAsAnotherProcess(job);
  const held = wire.hold(({ operation, body }) => operation === 'Query' && String(body).includes('-tasks'));
  await repairCounts(await getJob(job.jobId), 0);
  held.release();
  expect(await counts(job)).toEqual({ Ready: 1, Executing: 1 });
});
