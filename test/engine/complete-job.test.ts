import { expect, test } from '@jest/globals';
import type { Job } from '#domain/jobs/job';
import { taskRequestSchema } from '#domain/requests';
import type { Task } from '#domain/tasks/task';
import { afterAttempt } from '#engine/after-end';
import { addTasks } from '#engine/jobs/add-tasks';
import { acceptCancel } from '#engine/jobs/cancel-job';
import { cancelTasks } from '#engine/jobs/cancel-tasks';
import { completeJob } from '#engine/jobs/complete-job';
import { failTask } from '#engine/tasks/fail-task';
import { finishTask } from '#engine/tasks/finish-task';
import { undoClaim } from '#engine/tasks/undo-claim';
import { listEvents } from '#store/events';
import { getJob, moveJob, setOnJob } from '#store/jobs';
import { taskCountsOf } from '#store/reads/counting';
import { startStore } from '#test/support/store/engine';
import { AUTHOR, start, startServer, submit, tasksLike } from '#test/support/store/trial';
import { updateOf } from '#test/support/store/wire';

const wire = await startStore();

const server = await startServer({ slots: 100 });

async function finish(job: Job, task: Task): Promise<void> {
  await finishTask(task, undefined, new Date().toISOString());
  await afterAttempt({ job, task });
}

async function fail(job: Job, task: Task): Promise<void> {
  await failTask(task, { name: 'Error', message: 'no' }, { now: new Date().toISOString() });
  await afterAttempt({ job, task });
}

function cancel({ jobId }: Job): Promise<Job> {
  return acceptCancel(jobId, { by: 'bob', at: '2026-01-01T00:00:00.000Z' });
}

async function endEvents(job: Job): Promise<string[]> {
  const { events } = await listEvents(job, { limit: 100 });
  return events.map(({ type }) => type).filter((type) => /^Job(Finished|Error|Cancelled)$/.test(type));
}

test('A job with an open task is not ended', async () => {
  const job = await submit(tasksLike(2));
  await finish(job, await start(job, 't1', server));
  expect(await completeJob(job.jobId, job)).toBeUndefined();
  expect(await getJob(job.jobId)).toMatchObject({ status: 'Executing' });
  await start(job, 't2', server);
  expect(await completeJob(job.jobId, job)).toBeUndefined();
});

test('The last task ends the job, with the exact counts and the time', async () => {
  const job = await submit(tasksLike(2));
  await finish(job, await start(job, 't1', server));
  await finish(job, await start(job, 't2', server));
  const ended = await getJob(job.jobId);
  expect(ended).toMatchObject({
    status: 'Finished',
    endedAt: expect.any(String),
    taskCounts: { Finished: 2, Ready: 0 },
  });
  expect((await taskCountsOf(ended)).taskCounts).toMatchObject({ Finished: 2, Error: 0 });
  expect(await completeJob(job.jobId, job)).toEqual(ended);
});

test('Of many servers that end the last tasks at once one ends the job, once', async () => {
  const job = await submit(tasksLike(40));
  const tasks = await Promise.all(tasksLike(40).map(({ taskId = '' }) => start(job, taskId, server)));
  await Promise.all(tasks.map((task) => finish(job, task)));
  expect(await getJob(job.jobId)).toMatchObject({ status: 'Finished', taskCounts: { Finished: 40 } });
  expect(await endEvents(job)).toEqual(['JobFinished']);
});

test('Many final checks of a job at once end it once', async () => {
  const job = await submit();
  await finishTask(await start(job, 't000001', server), undefined, new Date().toISOString());
  const ends = await Promise.all(Array.from({ length: 12 }, () => completeJob(job.jobId, job)));
  const ended = await getJob(job.jobId);
  for (const end of ends) expect(end).toEqual(ended);
  expect(await endEvents(job)).toEqual(['JobFinished']);
});

test('A job of many shards ends with its last task, whichever shard that lies in', async () => {
  const job = await submit(tasksLike(2_200));
  expect(job.shards).toBe(4);
  const last = await start(job, 't2200', server);
  await cancelTasks(await cancel(job), Number.POSITIVE_INFINITY);
  expect(await completeJob(job.jobId, job)).toBeUndefined();
  await finish(job, last);
  expect(await getJob(job.jobId)).toMatchObject({ status: 'Cancelled', taskCounts: { Finished: 1, NotRun: 2_199 } });
});

test('A failure that counts makes the job an Error', async () => {
  const job = await submit([{ taskId: 'a', ignoreFailure: true }, { taskId: 'b' }, { taskId: 'c' }]);
  await fail(job, await start(job, 'a', server));
  await fail(job, await start(job, 'b', server));
  await finish(job, await start(job, 'c', server));
  expect(await getJob(job.jobId)).toMatchObject({ status: 'Error', taskCounts: { Finished: 1, Error: 2 } });
});

test('A job whose only failures are ignored is Finished', async () => {
  const job = await submit(tasksLike(3, { ignoreFailure: true }));
  for (const taskId of ['t1', 't2', 't3']) await fail(job, await start(job, taskId, server));
  expect(await getJob(job.jobId)).toMatchObject({ status: 'Finished', taskCounts: { Error: 3 } });
});

test('A cancelled job ends as Cancelled, whatever the outcomes of its tasks', async () => {
  const job = await submit(tasksLike(3));
  const [first, second] = [await start(job, 't1', server), await start(job, 't2', server)];
  await cancelTasks(await cancel(job), Number.POSITIVE_INFINITY);
  await fail(job, first);
  expect(await getJob(job.jobId)).toMatchObject({ status: 'Cancelling' });
  await finish(job, second);
  const counts = { Finished: 1, Error: 1, NotRun: 1 };
  expect(await getJob(job.jobId)).toMatchObject({ status: 'Cancelled', taskCounts: counts });
  expect(await endEvents(job)).toEqual(['JobCancelled']);
});

test('A cancel between the final check and the end makes the job Cancelled', async () => {
  const job = await submit();
  await finishTask(await start(job, 't000001', server), undefined, new Date().toISOString());
  const ending = wire.hold(updateOf('jobs', job.jobId, 'Finished', 'Final'));
  const completed = completeJob(job.jobId, job);
  await ending.reached;
  await cancel(job);
  ending.release();
  expect(await completed).toMatchObject({ status: 'Cancelled' });
  expect(await endEvents(job)).toEqual(['JobCancelled']);
});

test('A held job ends with its last running task', async () => {
  const job = await submit();
  await moveJob(job.jobId, 'hold');
  const task = await start(job, 't000001', server);
  await finish(job, task);
  expect(await getJob(job.jobId)).toMatchObject({ status: 'Finished' });
});

test('A claim that was given back leaves the job open', async () => {
  const job = await submit();
  await undoClaim(await start(job, 't000001', server));
  expect(await completeJob(job.jobId, job)).toBeUndefined();
});

test('A job to which tasks are being added is not ended', async () => {
  const job = await heldWithoutOpenTask();
  await setOnJob(job.jobId, { addingUntil: '2100-01-01T00:00:00.000Z' }, []);
  expect(await completeJob(job.jobId, job)).toBeUndefined();
  expect(await getJob(job.jobId)).toMatchObject({ status: 'Withhold' });
});

test('A job that grows between the final check and the end is not ended', async () => {
  const job = await heldWithoutOpenTask();
  const ending = wire.hold(updateOf('jobs', job.jobId, 'Finished', 'Final'));
  const completed = completeJob(job.jobId, job);
  await ending.reached;
  await addTasks(job.jobId, [taskRequestSchema.parse({ taskId: 'late', handler: 'echo' })], AUTHOR);
  ending.release();
  expect(await completed).toBeUndefined();
  expect(await getJob(job.jobId)).toMatchObject({ status: 'Withhold', taskTotal: 2 });
});

test('A job has its end event even if the reply to the write of its end was lost', async () => {
  const job = await submit();
  await finishTask(await start(job, 't000001', server), undefined, new Date().toISOString());
  const lost = wire.loseReply(updateOf('jobs', job.jobId, 'Finished', 'Final'));
  expect(await completeJob(job.jobId, job)).toMatchObject({ status: 'Finished' });
  await lost;
  expect(await endEvents(job)).toEqual(['JobFinished']);
});

test('The final check of an unknown job ends nothing', async () => {
  expect(await completeJob('none', { shards: 1 })).toBeUndefined();
});

/** A job that was held while its only task ran, before any final check. */
async function heldWithoutOpenTask(): Promise<Job> {
  const job = await submit();
  await moveJob(job.jobId, 'hold');
  const task = await start(job, 't000001', server);
  await finishTask(task, undefined, new Date().toISOString());
  return getJob(job.jobId);
}
