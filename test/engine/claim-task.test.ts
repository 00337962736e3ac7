import { expect, test } from '@jest/globals';
import type { Job } from '#domain/jobs/job';
import type { Server } from '#domain/servers/server';
import type { Task } from '#domain/tasks/task';
import { acceptCancel } from '#engine/jobs/cancel-job';
import { cancelTasks } from '#engine/jobs/cancel-tasks';
import { claimTask, readForStart } from '#engine/tasks/claim-task';
import { noteWaiting } from '#engine/tasks/claimed';
import { failTask } from '#engine/tasks/fail-task';
import { finishTask } from '#engine/tasks/finish-task';
import { settleTask } from '#engine/tasks/settle-task';
import { dropClaim, undoClaim } from '#engine/tasks/undo-claim';
import { queryAll, readItem } from '#store/dynamodb/read';
import { getTask, keyOf, readyTaskKeys } from '#store/tasks';
import { startStore } from '#test/support/store/engine';
import type { TaskOptions } from '#test/support/store/trial';
import { start, startServer, submit, tasksLike } from '#test/support/store/trial';
import { batchOf, updateOf } from '#test/support/store/wire';

const wire = await startStore();

const NOW = '2026-01-01T10:00:00.000Z';
const error = { name: 'Error', message: 'no' };
const server = await startServer();

/** Everything that a claim can do to its task. */
const ACTS: Record<string, (task: Task) => Promise<unknown>> = {
  finishTask: (task) => finishTask(task, '1', NOW),
  'failTask without a retry': (task) => failTask(task, error, { now: NOW }),
  'failTask with a retry': (task) => failTask(task, error, { now: NOW, retryAt: NOW }),
  undoClaim: (task) => undoClaim(task),
  dropClaim: (task) => dropClaim(task, NOW),
  settleTask: (task) => settleTask(task, { cause: 'ServerLost' }, NOW),
  'settleTask of one seen as Cancelling': (task) =>
    settleTask({ ...task, status: 'Cancelling' }, { cause: 'ServerStopped' }, NOW),
  noteWaiting: (task) => noteWaiting(task, 'UnmanagedWait'),
};

/** A new job with one task, which the server has claimed. */
async function claimed(options: TaskOptions = {}, by: Server = server) {
  const job = await submit([{ taskId: 'a', ...options }]);
  return { job, task: await start(job, 'a', by) };
}

async function cancel(job: Job): Promise<void> {
  const cancelling = await acceptCancel(job.jobId, { by: 'alice', at: NOW });
  await cancelTasks(cancelling, Number.POSITIVE_INFINITY);
}

const recordOf = (task: Task) => readItem('tasks', keyOf(task));

test('A claim makes a Ready task Executing on the server, with an attempt and a claim id of its own', async () => {
  const job = await submit();
  const key = await getTask(job, 't000001');
  const task = await claimTask(key, { serverId: server.serverId, now: NOW });
  expect(task).toMatchObject({ status: 'Executing', serverId: server.serverId, attempt: 1, startedAt: NOW });
  expect(task?.claimId).toBeTruthy();
  expect(await getTask(job, 't000001')).toEqual(task);
});

test('Of many claims of one task at once exactly one wins', async () => {
  const job = await submit();
  const key = await getTask(job, 't000001');
  const servers = await Promise.all(Array.from({ length: 12 }, () => startServer()));
  const claims = await Promise.all(servers.map(({ serverId }) => claimTask(key, { serverId, now: NOW })));
  const winners = claims.filter((task) => task !== undefined);
  expect(winners).toHaveLength(1);
  expect(await getTask(job, 't000001')).toEqual(winners[0]);
});

test('Of two claims by one server at once one wins', async () => {
  const job = await submit();
  const key = await getTask(job, 't000001');
  const claim = { serverId: server.serverId, now: NOW };
  const claims = await Promise.all([claimTask(key, claim), claimTask(key, claim)]);
  expect(claims.filter((task) => task !== undefined)).toHaveLength(1);
  expect(await getTask(job, 't000001')).toMatchObject({ attempt: 1 });
});

/** What makes a claimed task Ready again. */
const RETURNS: Record<string, (task: Task) => Promise<unknown>> = {
  'given back': (task) => undoClaim(task),
  'that failed and is retried': (task) => failTask(task, error, { now: NOW, retryAt: NOW }),
  'whose server was lost': (task) => settleTask(task, { cause: 'ServerLost' }, NOW),
};

test.each(Object.entries(RETURNS))(
  'A claim that arrives late does not claim again a task %s',
  async (_what, makeReady) => {
    const job = await submit([{ taskId: 'a', maxRetries: 1, restartable: true }]);
    const [key] = await readyTaskKeys(`${job.jobId}#0`, { batchGroup: 'default', now: NOW, limit: 1 });
    const late = wire.delay(updateOf('tasks', `${job.jobId}#0`, server.serverId));
    const task = key && (await claimTask(key, { serverId: server.serverId, now: NOW }));
    await late.reached;
    if (task) await makeReady(task);
    expect(await getTask(job, 'a')).toMatchObject({ status: 'Ready' });
    await late.release();
    expect(await getTask(job, 'a')).toMatchObject({ status: 'Ready' });
  },
);

test('A task that waits for others, has ended or does not exist is not claimed', async () => {
  const job = await submit([{ taskId: 'a' }, { taskId: 'b', dependsOn: [{ taskId: 'a', expected: 'Finished' }] }]);
  const task = await start(job, 'a', server);
  const claim = { serverId: server.serverId, now: NOW };
  expect(await claimTask(await getTask(job, 'b'), claim)).toBeUndefined();
  expect(await claimTask(task, claim)).toBeUndefined();
  await finishTask(task, undefined, NOW);
  expect(await claimTask(task, claim)).toBeUndefined();
  expect(await claimTask({ shardId: `${job.jobId}#0`, taskId: 'none' }, claim)).toBeUndefined();
});

test('A claim whose reply is lost succeeds', async () => {
  const job = await submit();
  const lost = wire.loseReply(updateOf('tasks', `${job.jobId}#0`, 'Executing'));
  const task = await claimTask(await getTask(job, 't000001'), { serverId: server.serverId, now: NOW });
  await lost;
  expect(task).toMatchObject({ status: 'Executing', attempt: 1 });
  expect(await getTask(job, 't000001')).toEqual(task);
});

test('A server knows its claim after a lost reply, even if a cancel has marked the task since', async () => {
  const job = await submit();
  const claiming = updateOf('tasks', `${job.jobId}#0`, 'Executing', server.serverId);
  void wire.loseReply(claiming);
  const again = wire.hold(claiming);
  const claim = claimTask(await getTask(job, 't000001'), { serverId: server.serverId, now: NOW });
  await again.reached;
  await cancel(job);
  again.release();
  expect(await claim).toMatchObject({ status: 'Cancelling', serverId: server.serverId, attempt: 1 });
});

test('A claim whose reply was lost is void if it was settled since', async () => {
  const job = await submit([{ taskId: 'a', restartable: true }]);
  const claiming = updateOf('tasks', `${job.jobId}#0`, 'Executing', server.serverId);
  void wire.loseReply(claiming);
  const again = wire.hold(claiming);
  const claim = claimTask(await getTask(job, 'a'), { serverId: server.serverId, now: NOW });
  await again.reached;
  await settleTask(await getTask(job, 'a'), { cause: 'ServerLost' }, NOW);
  const other = await startServer();
  await start(job, 'a', other);
  again.release();
  expect(await claim).toBeUndefined();
  expect(await getTask(job, 'a')).toMatchObject({ status: 'Executing', serverId: other.serverId, attempt: 2 });
});

test('The read before a start returns the server and the job of each task', async () => {
  const first = await claimed();
  const second = await claimed();
  const read = await readForStart(server.serverId, [first.task, second.task, first.task]);
  expect(read.server).toMatchObject({ serverId: server.serverId, status: 'Active' });
  expect([...read.jobs.keys()].sort()).toEqual([first.job.jobId, second.job.jobId].sort());
  expect(await readForStart('unknown', [])).toEqual({ jobs: new Map(), tasks: [] });
});

test('A finished task is final, with its result and its attempt, and no claim holds it', async () => {
  const by = await startServer();
  const { job, task } = await claimed({}, by);
  expect(await finishTask(task, '{"a":1}', NOW)).toBe(true);
  const attempt = {
    attempt: 1,
    serverId: by.serverId,
    startedAt: task.startedAt,
    endedAt: NOW,
    outcome: 'Finished',
  };
  const ended = await getTask(job, 'a');
  expect(ended).toMatchObject({ status: 'Finished', result: '{"a":1}', endedAt: NOW, attempts: [attempt] });
  for (const gone of ['serverId', 'claimId', 'startedAt', 'waitingFor']) expect(ended).not.toHaveProperty(gone);
  for (const gone of ['openKey', 'readyKey']) expect(await recordOf(task)).not.toHaveProperty(gone);
  expect(await queryAll({ table: 'tasks', index: 'byServer', partition: ['serverId', by.serverId] })).toEqual([]);
});

test('A task that fails without a retry is an Error', async () => {
  const { job, task } = await claimed();
  expect(await failTask(task, error, { now: NOW })).toBe('Error');
  const attempts = [{ attempt: 1, outcome: 'Error', error, endedAt: NOW }];
  expect(await getTask(job, 'a')).toMatchObject({ status: 'Error', failures: 1, attempts, endedAt: NOW });
});

test('A task that fails with a retry is Ready again, counts the failure, and keeps its attempts', async () => {
  const { job, task } = await claimed();
  expect(await failTask(task, error, { now: NOW, retryAt: NOW })).toBe('Retrying');
  const ready = await getTask(job, 'a');
  expect(ready).toMatchObject({ status: 'Ready', failures: 1, attempt: 1, attempts: [{ outcome: 'Error', error }] });
  expect(ready.serverId).toBeUndefined();
  const again = await start(job, 'a', server);
  expect(again.attempt).toBe(2);
  await finishTask(again, undefined, NOW);
  expect((await getTask(job, 'a')).attempts).toMatchObject([{ attempt: 1 }, { attempt: 2, outcome: 'Finished' }]);
});

test('A task that has failed since it was found Ready is not retried before its time', async () => {
  const job = await submit([{ taskId: 'a', maxRetries: 1 }]);
  const [found] = await readyTaskKeys(`${job.jobId}#0`, { batchGroup: 'default', now: NOW, limit: 1 });
  if (!found) throw new Error('The task was not found Ready.');
  const retryAt = new Date(Date.parse(NOW) + 60_000).toISOString();
  expect(await failTask(await start(job, 'a', server), error, { now: NOW, retryAt })).toBe('Retrying');
  expect(await claimTask(found, { serverId: server.serverId, now: NOW })).toBeUndefined();
  expect(await getTask(job, 'a')).toMatchObject({ status: 'Ready', attempt: 1 });
});

test('An undone claim leaves the task as it was before, but for its place among the Ready ones', async () => {
  const job = await submit([{ taskId: 'a' }]);
  const before = await recordOf(await getTask(job, 'a'));
  expect(await undoClaim(await start(job, 'a', server))).toBe(true);
  expect(await recordOf(await getTask(job, 'a'))).toEqual({
    ...before,
    readyKey: expect.stringMatching(/^default##a#./),
    lastWrite: expect.any(String),
  });
  const keys = await readyTaskKeys(`${job.jobId}#0`, { batchGroup: 'default', now: NOW, limit: 1 });
  expect(keys).toMatchObject([{ taskId: 'a' }]);
});

test('A claim that is undone after a cancel makes the task NotRun, never Ready', async () => {
  const { job, task } = await claimed();
  await cancel(job);
  expect(await undoClaim(task)).toBe(false);
  const after = await getTask(job, 'a');
  expect(after).toMatchObject({ status: 'NotRun', attempt: 0, attempts: [] });
  expect(await recordOf(task)).not.toHaveProperty('openKey');
});

test('A task that is NotRun after an undone claim has an end time', async () => {
  const { job, task } = await claimed();
  await cancel(job);
  await undoClaim(task);
  expect(await getTask(job, 'a')).toHaveProperty('endedAt', expect.any(String));
});

test('A dropped claim makes the task NotRun, marked or not', async () => {
  for (const marked of [false, true]) {
    const { job, task } = await claimed();
    if (marked) await cancel(job);
    await dropClaim(task, NOW);
    expect(await getTask(job, 'a')).toMatchObject({ status: 'NotRun', attempt: 0, endedAt: NOW });
    expect(await recordOf(task)).not.toHaveProperty('openKey');
  }
});

test('A marked task ends as its handler does, without a retry', async () => {
  const finished = await claimed();
  await cancel(finished.job);
  expect(await finishTask(finished.task, '1', NOW)).toBe(true);
  expect(await getTask(finished.job, 'a')).toMatchObject({ status: 'Finished', result: '1' });
  const failed = await claimed({ maxRetries: 3 });
  await cancel(failed.job);
  expect(await failTask(failed.task, error, { now: NOW, retryAt: NOW })).toBe('Error');
  expect(await getTask(failed.job, 'a')).toMatchObject({ status: 'Error', failures: 1 });
});

test('A task that was marked before its settlement as Executing is stopped, not restarted', async () => {
  const { job, task } = await claimed({ restartable: true });
  await cancel(job);
  expect(await settleTask(task, { cause: 'ServerLost' }, NOW)).toBe('stop');
  expect(await getTask(job, 'a')).toMatchObject({ status: 'Cancelled', attempts: [{ outcome: 'Cancelled' }] });
});

test('What a forced stop waits for is noted, and removed at the end of the attempt', async () => {
  const { job, task } = await claimed();
  await noteWaiting(task, 'UnmanagedWait');
  expect(await getTask(job, 'a')).toMatchObject({ status: 'Executing', waitingFor: 'UnmanagedWait' });
  await finishTask(task, undefined, NOW);
  expect(await getTask(job, 'a')).not.toHaveProperty('waitingFor');
});

test.each(Object.keys(ACTS))('%s changes nothing if another server has claimed the task since', async (name) => {
  const { job, task } = await claimed({ restartable: true });
  await settleTask(task, { cause: 'ServerLost' }, NOW);
  const successor = await start(job, 'a', await startServer());
  const before = await recordOf(successor);
  expect((await ACTS[name]?.(task)) ?? false).toBe(false);
  expect(await recordOf(successor)).toEqual(before);
});

test.each(Object.keys(ACTS))('%s changes nothing if the same server has claimed the task again since', async (name) => {
  const { job, task } = await claimed();
  await undoClaim(task);
  const successor = await start(job, 'a', server);
  const before = await recordOf(successor);
  expect((await ACTS[name]?.(task)) ?? false).toBe(false);
  expect(await recordOf(successor)).toEqual(before);
});

test.each(Object.keys(ACTS))('%s changes nothing if the task is final', async (name) => {
  const { task } = await claimed();
  await finishTask(task, '"first"', NOW);
  const before = await recordOf(task);
  expect((await ACTS[name]?.(task)) ?? false).toBe(false);
  expect(await recordOf(task)).toEqual(before);
});

test.each(['finishTask', 'failTask without a retry', 'failTask with a retry'])(
  '%s whose reply was lost has succeeded',
  async (name) => {
    const { job, task } = await claimed();
    const ending = name === 'finishTask' ? batchOf : updateOf;
    const lost = wire.loseReply(ending('tasks', `${job.jobId}#0`));
    expect(await ACTS[name]?.(task)).toBeTruthy();
    await lost;
    expect((await getTask(job, 'a')).attempts).toHaveLength(1);
  },
);

test('Of a finish, a failure and a settlement of one claim at once exactly one is the outcome', async () => {
  const job = await submit(tasksLike(10, { restartable: true }));
  for (const { taskId = '' } of tasksLike(10)) {
    const task = await start(job, taskId, server);
    const ends = await Promise.all([
      finishTask(task, undefined, NOW),
      failTask(task, error, { now: NOW }),
      settleTask(task, { cause: 'ServerLost' }, NOW),
    ]);
    expect(ends.filter(Boolean)).toHaveLength(1);
    expect((await getTask(job, taskId)).attempts).toHaveLength(1);
  }
});
