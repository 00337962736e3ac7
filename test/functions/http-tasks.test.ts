import { expect, jest, test } from '@jest/globals';
import { acceptCancel } from '#engine/jobs/cancel-job';
import { writeTasks } from '#engine/submissions/write-tasks';
import { failTask } from '#engine/tasks/fail-task';
import { finishTask } from '#engine/tasks/finish-task';
import { putEvent } from '#store/events';
import { getJob, moveJob, setOnJob } from '#store/jobs';
import { diedAdding } from '#test/support/functions/adding';
import { startFunctions } from '#test/support/functions/functions';
import { alice, bob, operator, reader, refused } from '#test/support/functions/http';
import { testTouches } from '#test/support/functions/recording';
import { throttleWrites } from '#test/support/store/task-writes';
import { start, startServer, submit, tasksLike } from '#test/support/store/trial';
import { updateOf } from '#test/support/store/wire';

const functions = await startFunctions();
const { aside, call, wire } = functions;

const now = () => new Date().toISOString();
const one = { tasks: [{ taskId: 'more', handler: 'echo' }] };

test('Tasks are added to a held job, in batch groups of their own', async () => {
  const { jobId } = await submit([{ taskId: 'a' }], { hold: true });
  const tasks = [
    { taskId: 'b', handler: 'echo', batchGroup: 'added' },
    { handler: 'echo', dependsOn: [{ taskId: 'b', expected: 'Finished' }] },
  ];
  const reply = await call(`POST /jobs/${jobId}/tasks`, { as: alice, body: { tasks } });
  expect(reply).toMatchObject({ status: 201, body: { jobId, taskTotal: 3, taskCounts: { Ready: 2, Waiting: 1 } } });
  const { body: b } = await call(`GET /jobs/${jobId}/tasks/b`);
  expect(b).toMatchObject({ taskId: 'b', batchGroup: 'added', dependents: [expect.any(String)] });
  expect((await call(`GET /jobs/${jobId}/events`)).body).toMatchObject({
    items: [{ type: 'TasksAdded', by: 'alice', from: '205.255.255.176', tasks: 2, taskTotal: 3 }],
  });
});

test('Before tasks are added, those of a crashed request are deleted', async () => {
  const { jobId } = await submit([{ taskId: 'a' }], { hold: true });
  await diedAdding(jobId);
  const reply = await call(`POST /jobs/${jobId}/tasks`, { as: alice, body: one });
  expect(reply).toMatchObject({ status: 201, body: { taskTotal: 2 } });
  expect(await call(`GET /jobs/${jobId}/tasks/uncounted`)).toMatchObject(refused(404, 'NotFound'));
});

test('Tasks are added to a large job that was held while it ran; running tasks go on', async () => {
  const { jobId, ...job } = await submit(tasksLike(1001));
  await call(`POST /jobs/${jobId}/hold`);
  await start({ jobId, ...job }, 't1', await startServer());
  await setOnJob(jobId, { status: 'Withhold' }, []);
  const reply = await call(`POST /jobs/${jobId}/tasks`, { body: one });
  expect(reply).toMatchObject({ status: 201, body: { taskTotal: 1002, taskCounts: { Ready: 1001, Executing: 1 } } });
});

test('Tasks that the request has no time to write are added with 202, and the workflow writes them', async () => {
  const { jobId } = await submit([{ taskId: 'a' }], { hold: true });
  const end = throttleWrites(wire);
  const tasks = Array.from({ length: 2 }, () => ({ handler: 'echo' }));
  const reply = await call(`POST /jobs/${jobId}/tasks`, { as: alice, body: { tasks } });
  end();
  jest.useRealTimers();
  expect(reply).toMatchObject({ status: 202, body: { writing: { total: 3 }, taskCounts: { Ready: 3 } } });
  expect(await call(`POST /jobs/${jobId}/release`, { as: alice })).toMatchObject(refused(429, 'TooManyRequests'));
  await aside(() => writeTasks(jobId, Number.POSITIVE_INFINITY));
  expect(await call(`POST /jobs/${jobId}/release`, { as: alice })).toMatchObject({ status: 200 });
  expect((await call(`GET /jobs/${jobId}`)).body).toMatchObject({ taskTotal: 3, taskCounts: { Ready: 3 } });
});

test('Tasks whose job is cancelled while they are added are refused and deleted', async () => {
  const { jobId } = await submit([{ taskId: 'a' }], { hold: true });
  const counting = wire.hold(updateOf('jobs', jobId, 'taskTotal', 'shards'));
  const adding = call(`POST /jobs/${jobId}/tasks`, { as: alice, body: one });
  await counting.reached;
  await aside(() => acceptCancel(jobId, { by: 'olga', at: now() }));
  counting.release();
  expect(await adding).toMatchObject(refused(409, 'WrongStatus'));
  expect(await call(`GET /jobs/${jobId}/tasks/more`)).toMatchObject(refused(404, 'NotFound'));
});

test('Tasks are refused that exist, or whose job runs, does not exist or is of another user', async () => {
  const held = await submit([{ taskId: 'more' }], { hold: true });
  const running = await submit();
  const add = (jobId: string, as = alice) => call(`POST /jobs/${jobId}/tasks`, { as, body: one });
  expect(await add(held.jobId)).toMatchObject({ ...refused(400, 'InvalidRequest'), body: { taskId: 'more' } });
  expect(await add(held.jobId, bob)).toMatchObject(refused(403, 'Forbidden'));
  expect(await add(running.jobId, operator)).toMatchObject(refused(409, 'WrongStatus'));
  expect(await add('unknown', operator)).toMatchObject(refused(404, 'NotFound'));
  expect((await getJob(held.jobId)).taskTotal).toBe(1);
});

test.each([{}, { tasks: [] }, { tasks: [{ taskId: 'b' }] }, { tasks: [{ handler: 'e/cho' }] }, { ...one, name: 'n' }])(
  'Added tasks like %j are refused',
  async (body) => {
    const { jobId } = await submit([{ taskId: 'a' }], { hold: true });
    expect(await call(`POST /jobs/${jobId}/tasks`, { body })).toMatchObject(refused(400, 'InvalidRequest'));
  },
);

test('A task is shown with its attempts, its input and its result', async () => {
  const job = await submit([{ taskId: 'a', input: { n: [1] }, maxRetries: 1 }]);
  const server = await startServer();
  const path = `GET /jobs/${job.jobId}/tasks/a`;
  expect(await call(path, { as: reader })).toMatchObject({
    status: 200,
    body: { jobId: job.jobId, taskId: 'a', handler: 'echo', status: 'Ready', input: { n: [1] }, attempts: [] },
  });
  await failTask(await start(job, 'a', server), { name: 'Error', message: 'no' }, { now: now(), retryAt: now() });
  const second = await start(job, 'a', server);
  const failed = { attempt: 1, outcome: 'Error', error: { name: 'Error', message: 'no' }, endedAt: expect.any(String) };
  const { serverId } = server;
  expect((await call(path)).body).toMatchObject({
    status: 'Executing',
    serverId,
    attempts: [failed, { attempt: 2, serverId, startedAt: second.startedAt }],
  });
  await finishTask(second, '{"sum":2}', now());
  const { body } = await call(path);
  expect(body).toMatchObject({ status: 'Finished', result: { sum: 2 }, attempts: [{}, { outcome: 'Finished' }] });
  expect(body).not.toHaveProperty('serverId');
});

test('A cancel shows in every task at once', async () => {
  const job = await submit(tasksLike(2));
  await start(job, 't1', await startServer());
  await acceptCancel(job.jobId, { by: 'alice', at: now() });
  const statuses = { items: [{ status: 'Cancelling' }, { status: 'NotRun' }] };
  expect((await call(`GET /jobs/${job.jobId}/tasks`)).body).toMatchObject(statuses);
  expect((await call(`GET /jobs/${job.jobId}/tasks/t2`)).body).toMatchObject({ status: 'NotRun' });
});

test('Tasks are listed page by page and by status', async () => {
  const { jobId } = await submit(tasksLike(3));
  const first = await call(`GET /jobs/${jobId}/tasks?limit=2`, { as: reader });
  expect(first).toMatchObject({ status: 200, body: { items: [{ taskId: 't1' }, { taskId: 't2' }] } });
  const rest = await call(`GET /jobs/${jobId}/tasks?limit=2&cursor=${first.body.cursor}`);
  expect(rest.body).toEqual({ items: [expect.objectContaining({ taskId: 't3' })] });
  for (const status of ['Error', 'Finished'])
    expect((await call(`GET /jobs/${jobId}/tasks?status=${status}`)).body).toEqual({ items: [] });
  await start(await getJob(jobId), 't3', await startServer());
  const some = await call(`GET /jobs/${jobId}/tasks?status=Executing,Ready`);
  expect(some.body).toMatchObject({ items: [{ taskId: 't1' }, { taskId: 't2' }, { taskId: 't3' }] });
});

test('Events are listed page by page, oldest first', async () => {
  const { jobId } = await submit();
  await call(`POST /jobs/${jobId}/hold`);
  await call(`POST /jobs/${jobId}/release`);
  const first = await call(`GET /jobs/${jobId}/events?limit=1`, { as: reader });
  expect(first.body).toMatchObject({ items: [{ type: 'JobHeld', by: 'adam', at: expect.any(String) }] });
  const cursor = encodeURIComponent(String(first.body.cursor));
  expect((await call(`GET /jobs/${jobId}/events?cursor=${cursor}`)).body).toMatchObject({
    items: [{ type: 'JobReleased' }],
  });
});

test('The end of a job is among its events, also after a crash before that event was written', async () => {
  const { jobId } = await submit();
  const endedAt = new Date(Date.now() + 60_000).toISOString();
  await moveJob(jobId, 'finish', { set: { endedAt } });
  await putEvent(jobId, { at: now(), type: 'JobSubmitted', by: 'alice', name: 'trial', tasks: 1 });
  await putEvent(jobId, { at: new Date(Date.now() + 120_000).toISOString(), type: 'AbortCompleted', abortId: 'a' });
  const all = await call(`GET /jobs/${jobId}/events`);
  const story = [{ type: 'JobSubmitted' }, { type: 'JobFinished', at: endedAt }, { type: 'AbortCompleted' }];
  expect(all.body).toMatchObject({ items: story });
  const first = await call(`GET /jobs/${jobId}/events?limit=1`);
  expect(first.body.items).toHaveLength(1);
  const rest = await call(`GET /jobs/${jobId}/events?cursor=${encodeURIComponent(String(first.body.cursor))}`);
  expect(rest.body).toMatchObject({ items: story.slice(1) });
  await putEvent(jobId, { at: endedAt, type: 'JobFinished' });
  expect((await call(`GET /jobs/${jobId}/events`)).body.items).toHaveLength(3);
});

test.each(['tasks', 'tasks/a', 'events'])('The %s of a job that does not exist are not found', async (what) => {
  expect(await call(`GET /jobs/unknown/${what}`)).toMatchObject(refused(404, 'NotFound'));
});

test.each([
  'tasks?status=Done',
  'tasks?limit=0',
  'tasks?cursor=none',
  'tasks?page=1',
  'events?limit=x',
  'events?by=me',
])('A list of %s is refused', async (query) => {
  const { jobId } = await submit();
  expect(await call(`GET /jobs/${jobId}/${query}`)).toMatchObject(refused(400, 'InvalidRequest'));
});

testTouches(functions, ['add-tasks', 'list-tasks', 'get-task', 'list-events']);
