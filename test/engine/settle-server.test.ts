import { expect, test } from '@jest/globals';
import { endedAttempts } from '#domain/tasks/settlement';
import { acceptCancel } from '#engine/jobs/cancel-job';
import { cancelTasks } from '#engine/jobs/cancel-tasks';
import { settleServer } from '#engine/servers/settle-server';
import { claimTask } from '#engine/tasks/claim-task';
import { ENDED, moveClaimed } from '#engine/tasks/claimed';
import { failTask } from '#engine/tasks/fail-task';
import { finishTask } from '#engine/tasks/finish-task';
import { settleHeld, settleTask } from '#engine/tasks/settle-task';
import { listEvents } from '#store/events';
import { taskEndOf } from '#store/expiry';
import { getJob } from '#store/jobs';
import { getServer, moveServer, noteEndings } from '#store/servers';
import { getTask, heldTasks } from '#store/tasks';
import { startStore } from '#test/support/store/engine';
import { spoil } from '#test/support/store/malformed';
import { recordedStatuses, start, startServer, submit, tasksLike } from '#test/support/store/trial';
import { updateOf } from '#test/support/store/wire';

const wire = await startStore();

const now = new Date().toISOString();
const why = { cause: 'ServerRestart', abortId: 'abort1' } as const;
/** A server that was proven stopped for that abort. */
const STOPPED = { status: 'Stopped', abortId: 'abort1' } as const;
const RESTARTABLE = { taskId: 'a', restartable: true };

test('A restartable task of a stopped server is Ready again and keeps its retries', async () => {
  const job = await submit([{ ...RESTARTABLE, maxRetries: 2 }]);
  const server = await startServer();
  await failTask(await start(job, 'a', server), { name: 'Error', message: 'no' }, { now, retryAt: now });
  const running = await start(job, 'a', server);
  await settleServer({ ...server, ...STOPPED });
  const task = await getTask(job, 'a');
  expect(task).toMatchObject({ status: 'Ready', attempt: 2, failures: 1 });
  expect(task.attempts).toMatchObject([
    { attempt: 1, outcome: 'Error' },
    { attempt: 2, serverId: server.serverId, startedAt: running.startedAt, outcome: 'Interrupted', ...why },
  ]);
  expect(await getJob(job.jobId)).toMatchObject({ status: 'Executing' });
  expect((await start(job, 'a', await startServer())).attempt).toBe(3);
});

test('A task that is not restartable is an Error with the cause, and the job ends', async () => {
  const job = await submit([{ taskId: 'a', maxRetries: 5 }]);
  const server = await startServer();
  await start(job, 'a', server);
  await settleServer({ ...server, ...STOPPED });
  const task = await getTask(job, 'a');
  expect(task).toMatchObject({ status: 'Error', failures: 0, ...why, attempts: [{ outcome: 'Interrupted', ...why }] });
  expect(task).toHaveProperty('endedAt');
  expect(await getJob(job.jobId)).toMatchObject({ status: 'Error', taskCounts: { Error: 1 } });
});

test('A Cancelling task is Cancelled, restartable or not, and so is its job', async () => {
  const job = await submit([RESTARTABLE, { taskId: 'b' }]);
  const server = await startServer();
  for (const taskId of ['a', 'b']) await start(job, taskId, server);
  await cancelTasks(await acceptCancel(job.jobId, { by: 'bob', at: now }), Number.POSITIVE_INFINITY);
  await settleServer({ ...server, ...STOPPED });
  expect(await recordedStatuses(job, 'a', 'b')).toEqual(['Cancelled', 'Cancelled']);
  expect(await getTask(job, 'a')).toMatchObject({ abortId: 'abort1', attempts: [{ outcome: 'Cancelled' }] });
  expect(await getJob(job.jobId)).toMatchObject({ status: 'Cancelled', taskCounts: { Cancelled: 2 } });
});

test('A settlement covers the tasks of all jobs on the server, and none of another server', async () => {
  const [first, second] = [await submit(tasksLike(2, { restartable: true })), await submit(tasksLike(2))];
  const [server, other] = [await startServer(), await startServer()];
  await start(first, 't1', server);
  await start(second, 't1', server);
  const spared = [await start(first, 't2', other), await start(second, 't2', other)];
  await settleServer({ ...server, status: 'Stopped' });
  expect(await recordedStatuses(first, 't1')).toEqual(['Ready']);
  expect(await recordedStatuses(second, 't1')).toEqual(['Error']);
  expect(await heldTasks(server.serverId)).toEqual([]);
  expect([await getTask(first, 't2'), await getTask(second, 't2')]).toEqual(spared);
});

test('Tasks that waited for a task settled as Error start or are skipped', async () => {
  const job = await submit([
    { taskId: 'a' },
    { taskId: 'onError', dependsOn: [{ taskId: 'a', expected: 'Error' }] },
    { taskId: 'onFinished', dependsOn: [{ taskId: 'a', expected: 'Finished' }] },
  ]);
  const server = await startServer();
  await start(job, 'a', server);
  await settleServer({ ...server, ...STOPPED });
  expect(await recordedStatuses(job, 'a', 'onError', 'onFinished')).toEqual(['Error', 'Ready', 'NotRun']);
});

test('Settlements by several parties at once do no harm and leave one attempt and one event each', async () => {
  const job = await submit([RESTARTABLE, { taskId: 'b' }, { taskId: 'c' }]);
  const server = await startServer();
  for (const taskId of ['a', 'b']) await start(job, taskId, server);
  await Promise.all([1, 2, 3, 4].map(() => settleServer({ ...server, ...STOPPED })));
  await settleServer({ ...server, ...STOPPED });
  expect(await recordedStatuses(job, 'a', 'b')).toEqual(['Ready', 'Error']);
  for (const taskId of ['a', 'b']) expect((await getTask(job, taskId)).attempts).toHaveLength(1);
  const { events } = await listEvents(job, { limit: 50 });
  const settled = events.filter(({ type }) => type.startsWith('Task')).map(({ type, taskId }) => [type, taskId]);
  expect(settled.sort()).toEqual([
    ['TaskInterrupted', 'b'],
    ['TaskRestarting', 'a'],
  ]);
});

test('The final check of the next settlement completes one that died between a task and its job', async () => {
  const job = await submit(tasksLike(2));
  const server = await startServer();
  const [first] = [await start(job, 't1', server), await start(job, 't2', server)];
  await settleHeld(first, why, now);
  await settleServer({ ...server, ...STOPPED });
  expect(await getJob(job.jobId)).toMatchObject({ status: 'Error', taskCounts: { Error: 2 } });
});

test('The second settlement covers a claim that lands after the first', async () => {
  const job = await submit([RESTARTABLE]);
  const server = await startServer();
  const claiming = wire.hold(updateOf('tasks', `${job.jobId}#0`, server.serverId));
  const claim = claimTask(await getTask(job, 'a'), { serverId: server.serverId, now });
  await claiming.reached;
  await moveServer(server.serverId, 'proveStopped');
  await settleServer({ ...server, ...STOPPED });
  claiming.release();
  expect(await claim).toMatchObject({ status: 'Executing' });
  await settleServer({ ...server, ...STOPPED });
  expect(await getTask(job, 'a')).toMatchObject({ status: 'Ready', attempts: [{ outcome: 'Interrupted' }] });
});

test('A late result of a settled attempt is refused', async () => {
  const job = await submit([{ taskId: 'a' }]);
  const server = await startServer();
  const task = await start(job, 'a', server);
  await settleServer({ ...server, ...STOPPED });
  const settled = await getTask(job, 'a');
  expect(await finishTask(task, '1', now)).toBe(false);
  expect(await getTask(job, 'a')).toEqual(settled);
});

test('An attempt that its own server ended by force has an event in its job, with the cause and the abort', async () => {
  const job = await submit([RESTARTABLE]);
  const server = await startServer();
  const task = await start(job, 'a', server);
  expect(await settleTask({ ...task, status: 'Cancelling' }, why, now)).toBe('restart');
  const { events } = await listEvents(job, { limit: 10 });
  const { serverId } = server;
  expect(events.at(-1)).toEqual({ at: now, type: 'TaskRestarting', taskId: 'a', attempt: 1, serverId, ...why });
  expect(await settleTask(task, why, now)).toBeUndefined();
  expect((await listEvents(job, { limit: 10 })).events).toHaveLength(events.length);
});

test('A settlement with an older read of the server tells the endings that another one noted and died with', async () => {
  const job = await submit([{ taskId: 'a' }, { taskId: 'b' }]);
  const server = await startServer();
  const task = await start(job, 'a', server);
  await moveServer(server.serverId, 'proveStopped');
  const listed = await getServer(server.serverId);
  // Another party notes the ending, moves the task, and dies before the event.
  await noteEndings(server.serverId, [task]);
  const list = endedAttempts(task, { endedAt: now, outcome: 'Interrupted', cause: 'ServerLost' });
  const set = { attempts: list, ...taskEndOf(now), cause: 'ServerLost' };
  expect((await moveClaimed(task, 'interrupt', { set, remove: ENDED })).applied).toBe(true);
  await settleServer(listed);
  const again = await getServer(server.serverId);
  expect(again.settledAt).toBeDefined();
  await settleServer(again);
  const { events } = await listEvents(await getJob(job.jobId), { limit: 50 });
  expect(events.map(({ type }) => type)).toContain('TaskInterrupted');
});

test('A malformed job keeps no other task of its server from being settled, and its fault is thrown at the end', async () => {
  const [bad, good] = [await submit(tasksLike(1)), await submit(tasksLike(30))];
  const server = await startServer({ slots: 50 });
  await start(bad, 't1', server);
  for (const { taskId = '' } of tasksLike(30)) await start(good, taskId, server);
  await spoil('jobs', { jobId: bad.jobId }, ['system', 'maybe']);
  await expect(settleServer({ ...server, ...STOPPED })).rejects.toThrow(bad.jobId);
  expect(await heldTasks(server.serverId)).toEqual([]);
  expect(await getJob(good.jobId)).toMatchObject({ status: 'Error', taskCounts: { Error: 30 } });
});

test('A malformed task keeps no other task of its server from being settled, and the settlement ends', async () => {
  const job = await submit(tasksLike(2));
  const server = await startServer();
  const { shardId, taskId } = await start(job, 't1', server);
  await start(job, 't2', server);
  await spoil('tasks', { shardId, taskId }, ['maxRetries', 'many']);
  await settleServer({ ...server, ...STOPPED });
  expect(await recordedStatuses(job, 't2')).toEqual(['Error']);
});
