import { expect, jest, test } from '@jest/globals';
import { noTasks } from '#domain/jobs/job';
import { afterAttempt } from '#engine/after-end';
import { acceptCancel } from '#engine/jobs/cancel-job';
import { acceptRequeue } from '#engine/jobs/requeue-job';
import { requeueTasks } from '#engine/jobs/requeue-tasks';
import { setPriority } from '#engine/jobs/set-priority';
import { finishTask } from '#engine/tasks/finish-task';
import { writeCounts } from '#store/counts/keep-counts';
import { getJob, moveJob, setOnJob } from '#store/jobs';
import { getServer } from '#store/servers';
import { getTask } from '#store/tasks';
import { diedAdding, holdForAnother } from '#test/support/functions/adding';
import { desiredServers, letFleetSleep } from '#test/support/functions/fleet';
import { type StepCall, startFunctions } from '#test/support/functions/functions';
import { admin, alice, bob, type HttpReply, operator, reader, refused } from '#test/support/functions/http';
import { testTouches } from '#test/support/functions/recording';
import { throttleWrites } from '#test/support/store/task-writes';
import type { TaskOptions } from '#test/support/store/trial';
import { AUTHOR, recordedStatuses, start, startServer, submit, tasksLike } from '#test/support/store/trial';
import { endOfRequeue, updateOf } from '#test/support/store/wire';

const functions = await startFunctions();
const { call, steps, wire } = functions;

const body = { name: 'night run', tasks: [{ taskId: 'a', handler: 'echo', input: { n: 1 } }] };
const idOf = (reply: HttpReply) => String(reply.body.jobId);

/** A job that has ended: its task `a` has run, the others depend on it. */
async function finishedJob(...others: TaskOptions[]) {
  const job = await submit([{ taskId: 'a' }, ...others]);
  await finishTask(await start(job, 'a', await startServer()), '1', new Date().toISOString());
  await afterAttempt({ job, task: await getTask(job, 'a') });
  return job;
}

test('A submitted job is accepted with its tasks and shown as it is', async () => {
  const reply = await call('POST /jobs', { as: alice, body });
  expect(reply).toMatchObject({
    status: 201,
    headers: { 'content-type': 'application/json' },
    body: {
      name: 'night run',
      status: 'Waiting',
      batchGroup: 'default',
      priority: 'Normal',
      system: false,
      createdBy: 'alice',
      createdAt: expect.stringMatching(/Z$/),
      taskCounts: { Ready: 1, Waiting: 0, Executing: 0, Cancelling: 0, Finished: 0, Error: 0, NotRun: 0, Cancelled: 0 },
    },
  });
  expect((await call(`GET /jobs/${idOf(reply)}`, { as: reader })).body).toMatchObject({ jobId: reply.body.jobId });
});

test("The user's name stands beside the id in the job, its requests and its events, and decides nothing", async () => {
  const named = { as: alice, claims: { name: 'Alice Adams' } };
  const job = await call('POST /jobs', { ...named, body: { ...body, hold: true } });
  expect(job.body).toMatchObject({ createdBy: 'alice', createdByName: 'Alice Adams' });
  const priority = { ...named, body: { priority: 'Low' } };
  await call(`PUT /jobs/${idOf(job)}/priority`, priority);
  const impostor = { as: bob, claims: { name: 'Alice Adams' } };
  expect(await call(`POST /jobs/${idOf(job)}/cancel`, impostor)).toMatchObject(refused(403, 'Forbidden'));
  const cancelled = await call(`POST /jobs/${idOf(job)}/cancel`, named);
  expect(cancelled.body).toMatchObject({ cancel: { requestedBy: 'alice', requestedByName: 'Alice Adams' } });
  await call(`POST /jobs/${idOf(job)}/requeue`, { as: alice });
  const { items } = (await call(`GET /jobs/${idOf(job)}/events`, { as: reader })).body;
  const by = { by: 'alice', byName: 'Alice Adams' };
  expect(items).toEqual(
    expect.arrayContaining(
      ['JobSubmitted', 'PriorityChanged', 'JobCancelling'].map((type) => expect.objectContaining({ type, ...by })),
    ),
  );
  expect(items).toContainEqual(expect.not.objectContaining({ byName: 'Alice Adams' }));
});

test('The event of a submission is written before the job: a crash in between leaves no job without it', async () => {
  const [isEvent, isJob] = [updateOf('events', 'JobSubmitted'), updateOf('jobs', 'event first')];
  const writes: string[] = [];
  const stop = wire.onCall((each) => void writes.push(...(isEvent(each) ? ['event'] : isJob(each) ? ['job'] : [])));
  await call('POST /jobs', { as: alice, body: { ...body, name: 'event first' } });
  stop();
  expect(writes).toEqual(['event', 'job']);
});

test('A repeat with the same Idempotency-Key returns the first job; another body is refused', async () => {
  const headers = { 'idempotency-key': 'night-2030-01-01' };
  const first = await call('POST /jobs', { as: alice, body, headers });
  expect(idOf(await call('POST /jobs', { as: alice, body, headers }))).toBe(idOf(first));
  expect(idOf(await call('POST /jobs', { as: bob, body, headers }))).not.toBe(idOf(first));
  const other = await call('POST /jobs', { as: alice, headers, body: { ...body, name: 'other' } });
  expect(other).toMatchObject(refused(409, 'IdempotencyKeyReused'));
  const empty = await call('POST /jobs', { as: alice, body, headers: { 'idempotency-key': '' } });
  expect(empty).toMatchObject(refused(400, 'InvalidRequest'));
});

test('A job whose tasks the request has no time to write is accepted with 202, and the workflow writes them', async () => {
  const end = throttleWrites(wire);
  const tasks = Array.from({ length: 2 }, () => ({ handler: 'echo' }));
  const reply = await call('POST /jobs', { as: alice, body: { ...body, tasks } });
  end();
  jest.useRealTimers();
  expect(reply).toMatchObject({ status: 202, body: { status: 'Waiting', writing: { total: 2 } } });
  const isIt = (each: StepCall) => each.name === 'write-tasks' && Object(each.payload).jobId === idOf(reply);
  await steps.until('write-tasks', isIt);
  const shown = await call(`GET /jobs/${idOf(reply)}`, { as: reader });
  expect(shown).toMatchObject({ status: 200, body: { taskTotal: 2, taskCounts: { Ready: 2 } } });
});

test('A dry run of a submission replies with what the job would be, and makes none', async () => {
  await startServer({ batchGroups: ['elsewhere'] });
  const dry = await call('POST /jobs?dryRun=true', { as: alice, body: { ...body, batchGroup: 'rehearsal' } });
  expect(dry).toMatchObject({ status: 200, body: { dryRun: true, stages: [['a']], warnings: [{ of: 'rehearsal' }] } });
  expect((await call('GET /jobs?batchGroup=rehearsal', { as: reader })).body).toEqual({ items: [] });
});

test('Only a system administrator submits system jobs and acts on them, and no role cancels them', async () => {
  const system = { ...body, system: true };
  expect(await call('POST /jobs', { as: operator, body: system })).toMatchObject(refused(403, 'Forbidden'));
  const job = await call('POST /jobs', { as: admin, body: system });
  expect(job).toMatchObject({ status: 201, body: { system: true } });
  expect(await call(`POST /jobs/${idOf(job)}/cancel`, { as: admin })).toMatchObject(refused(409, 'SystemJob'));
  const priority = { priority: 'Low' };
  const acts = {
    'POST hold': {},
    'POST release': {},
    'POST requeue': {},
    'POST tasks': { tasks: body.tasks },
    'PUT priority': priority,
  };
  for (const [act, sent] of Object.entries(acts)) {
    const target = act.replace(' ', ` /jobs/${idOf(job)}/`);
    expect(await call(target, { as: operator, body: sent })).toMatchObject(refused(403, 'Forbidden'));
    expect((await call(target, { as: admin, body: sent })).status).not.toBe(403);
  }
});

test.each([
  ['a name that is missing', { tasks: body.tasks }, 'InvalidRequest', 400],
  ['a name of 10 kB', { ...body, name: 'n'.repeat(10_000) }, 'InvalidRequest', 400],
  ['an unknown field', { ...body, colour: 'red' }, 'InvalidRequest', 400],
  ['an unknown field of a task', { ...body, tasks: [{ handler: 'echo', nice: 3 }] }, 'InvalidRequest', 400],
  ['no task', { ...body, tasks: [] }, 'InvalidRequest', 400],
  ['two tasks of one id', { ...body, tasks: [...body.tasks, ...body.tasks] }, 'InvalidRequest', 400],
  [
    'a dependency on an unknown task',
    { ...body, tasks: [{ handler: 'echo', dependsOn: [{ taskId: 'b', expected: 'Finished' }] }] },
    'InvalidRequest',
    400,
  ],
  ['an input of 1 MB', { ...body, tasks: [{ handler: 'echo', input: 'i'.repeat(1_000_000) }] }, 'TooLarge', 413],
  [
    'deep nesting',
    `{"name":"n","tasks":[{"handler":"echo","input":${'['.repeat(40)}${']'.repeat(40)}}]}`,
    'InvalidRequest',
    400,
  ],
  ['broken JSON', '{"name":', 'InvalidRequest', 400],
  ['a list', [], 'InvalidRequest', 400],
  ['5.5 MB', JSON.stringify({ ...body, name: 'n'.repeat(5.5 * 1024 * 1024) }), 'TooLarge', 413],
])('A job with %s is refused and nothing is written', async (_what, wrong, code, status) => {
  const writes: string[] = [];
  const stop = functions.wire.onCall(({ operation }) => writes.push(operation));
  expect(await call('POST /jobs', { as: alice, body: wrong })).toMatchObject(refused(status, code));
  stop();
  expect(writes.filter((operation) => !operation.startsWith('Get'))).toEqual([]);
});

test('A body that is not JSON by its content type is refused, one in base64 is read', async () => {
  const headers = { 'content-type': 'text/plain' };
  expect(await call('POST /jobs', { as: alice, body, headers })).toMatchObject(refused(400, 'InvalidRequest'));
  const encoded = Buffer.from(JSON.stringify(body)).toString('base64');
  expect(await call('POST /jobs', { as: alice, body: encoded, isBase64Encoded: true })).toMatchObject({ status: 201 });
});

test('Jobs are listed newest first, page by page, and by status and group', async () => {
  const group = 'listed';
  const ids: string[] = [];
  for (const name of ['one', 'two', 'three'])
    ids.unshift(idOf(await call('POST /jobs', { body: { ...body, name, batchGroup: group } })));
  const first = await call(`GET /jobs?batchGroup=${group}&limit=2`, { as: reader });
  expect(first.body).toMatchObject({ items: ids.slice(0, 2).map((jobId) => ({ jobId })), cursor: ids[1] });
  const rest = await call(`GET /jobs?batchGroup=${group}&limit=2&cursor=${first.body.cursor}`, { as: reader });
  expect(rest.body).toMatchObject({ items: [{ jobId: ids[2] }] });
  expect((await call(`GET /jobs?batchGroup=${group}&status=Finished`)).body).toEqual({ items: [] });
});

test.each([
  '?limit=0',
  '?limit=1001',
  '?limit=many',
  '?status=Done',
  '?page=2',
  '?cursor=',
  '?batchGroup=a%20b',
  '?since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z',
  '?cursor=00000000000000000000000000&since=2026-01-01T00:00:00Z',
  '?cursor=7ZZZZZZZZZZZZZZZZZZZZZZZZZ&until=2026-01-01T00:00:00Z',
])('A list of jobs refuses %s', async (query) =>
  expect(await call(`GET /jobs${query}`)).toMatchObject(refused(400, 'InvalidRequest')),
);

test('A cancel of a small job drops and marks its tasks at once; a second cancel is refused', async () => {
  const job = await submit(tasksLike(2));
  const server = await startServer();
  await start(job, 't1', server);
  const reply = await call(`POST /jobs/${job.jobId}/cancel`, { as: alice, body: { reason: 'wrong input' } });
  expect(reply).toMatchObject({
    status: 202,
    body: {
      status: 'Cancelling',
      cancel: { requestedBy: 'alice', reason: 'wrong input', requestedAt: expect.any(String) },
      taskCounts: { Cancelling: 1, NotRun: 1 },
    },
  });
  expect(await recordedStatuses(job, 't1', 't2')).toEqual(['Cancelling', 'NotRun']);
  const again = await call(`POST /jobs/${job.jobId}/cancel`);
  expect(again).toMatchObject(refused(409, 'WrongStatus'));
  expect(again.body.currentStatus).toBe('Cancelling');
});

test('A cancel of a job without running tasks ends it at once', async () => {
  const job = await submit(tasksLike(3));
  const reply = await call(`POST /jobs/${job.jobId}/cancel`, { as: alice });
  expect(reply.body).toMatchObject({ status: 'Cancelled', taskCounts: { NotRun: 3 }, endedAt: expect.any(String) });
});

test('A cancel of a large job writes the job, starts its workflow, and reads show its effect', async () => {
  const job = await submit(tasksLike(251));
  await start(job, 't1', await startServer());
  await writeCounts();
  const written: string[] = [];
  const stop = wire.onCall(({ operation, body: request }) => {
    if (/Update|Execute/.test(operation)) written.push(/(jobs|events|tasks|servers)\b/.exec(request)?.[0] ?? '');
  });
  const reply = await call(`POST /jobs/${job.jobId}/cancel`, { as: alice });
  stop();
  expect(written).toEqual(['jobs', 'events']);
  expect(reply.body).toMatchObject({ status: 'Cancelling', taskCounts: { Cancelling: 1, NotRun: 250 } });
  expect(await call(`GET /jobs/${job.jobId}/tasks/t1`)).toMatchObject({ body: { status: 'Cancelling' } });
  const step = await steps.until('the pass', ({ name }) => name === 'cancel-tasks');
  expect(step.payload).toEqual({ jobId: job.jobId });
});

test('A cancel of a job whose tasks are being written marks what runs', async () => {
  const job = await submit(tasksLike(2));
  await start(job, 't1', await startServer());
  await setOnJob(job.jobId, { writingUntil: '2100-01-01T00:00:00.000Z' }, []);
  const reply = await call(`POST /jobs/${job.jobId}/cancel`, { as: alice });
  expect(reply.body).toMatchObject({ status: 'Cancelling' });
  expect(await recordedStatuses(job, 't1', 't2')).toEqual(['Cancelling', 'Ready']);
});

test('A job is held and released; a second hold or release is refused', async () => {
  const job = await submit();
  expect(await call(`POST /jobs/${job.jobId}/release`, { as: alice })).toMatchObject(refused(409, 'WrongStatus'));
  expect(await call(`POST /jobs/${job.jobId}/hold`, { as: alice })).toMatchObject({ body: { status: 'Withhold' } });
  expect(await call(`POST /jobs/${job.jobId}/hold`, { as: alice })).toMatchObject(refused(409, 'WrongStatus'));
  expect(await call(`POST /jobs/${job.jobId}/release`, { as: alice })).toMatchObject({
    status: 200,
    body: { status: 'Waiting' },
  });
});

test.each([alice, operator])('The job that $user holds and releases is read once for each', async (as) => {
  const { jobId } = await submit();
  const reads: string[] = [];
  const stop = wire.onCall(({ operation, body: request }) => {
    if (operation === 'GetItem' && request.includes(jobId)) reads.push(request);
  });
  for (const verb of ['hold', 'release']) expect((await call(`POST /jobs/${jobId}/${verb}`, { as })).status).toBe(200);
  stop();
  expect(reads).toHaveLength(2);
});

test('A job to which tasks are being added cannot be released; the rest of a crashed request is deleted', async () => {
  const job = await submit(tasksLike(2), { hold: true });
  await holdForAnother(job.jobId);
  expect(await call(`POST /jobs/${job.jobId}/release`)).toMatchObject(refused(429, 'TooManyRequests'));
  await diedAdding(job.jobId);
  expect(await call(`POST /jobs/${job.jobId}/release`)).toMatchObject({ body: { taskCounts: { Ready: 2 } } });
});

test('A job that is being requeued is not held, released or seen by servers before its tasks are ready', async () => {
  const ended = await finishedJob();
  const job = await acceptRequeue(await getJob(ended.jobId), 'All', AUTHOR);
  expect(await call(`POST /jobs/${job.jobId}/hold`)).toMatchObject(refused(429, 'TooManyRequests'));
  await moveJob(job.jobId, 'hold');
  expect(await call(`POST /jobs/${job.jobId}/release`)).toMatchObject(refused(429, 'TooManyRequests'));
  expect((await getJob(job.jobId)).dispatchGroup).toBeUndefined();
  await requeueTasks(job, Number.POSITIVE_INFINITY);
  expect(await call(`POST /jobs/${job.jobId}/release`)).toMatchObject({ body: { taskCounts: { Ready: 1 } } });
  expect((await getJob(job.jobId)).dispatchGroup).toBeDefined();
  expect(await call(`POST /jobs/${job.jobId}/hold`)).toMatchObject({ body: { status: 'Withhold' } });
});

test('A job whose priority changes during its release stays held, and can be released again', async () => {
  const job = await submit([{}], { hold: true });
  const releasing = wire.hold(updateOf('jobs', job.jobId, 'Waiting'));
  const released = call(`POST /jobs/${job.jobId}/release`);
  await releasing.reached;
  await setPriority(job, 'Critical', AUTHOR);
  releasing.release();
  expect(await released).toMatchObject(refused(429, 'TooManyRequests'));
  expect(await call(`POST /jobs/${job.jobId}/release`)).toMatchObject({ body: { priority: 'Critical' } });
});

test('A job that has ended is requeued: all tasks, or those that did not finish', async () => {
  const dependent = { taskId: 'b', dependsOn: [{ taskId: 'a', expected: 'Error' as const }] };
  const job = await finishedJob(dependent);
  expect(await call(`POST /jobs/${job.jobId}/requeue`, { as: alice, body: { scope: 'All' } })).toMatchObject({
    status: 200,
    body: { status: 'Waiting', taskCounts: { Ready: 1, Waiting: 1 } },
  });
  expect(await call(`POST /jobs/${job.jobId}/requeue`, { as: alice })).toMatchObject(refused(409, 'WrongStatus'));
});

test('A requeue with no task in scope ends as the job did before', async () => {
  const job = await finishedJob();
  expect(await call(`POST /jobs/${job.jobId}/requeue`, { as: alice })).toMatchObject({
    status: 200,
    body: { status: 'Finished', run: 2, taskCounts: { Finished: 1 } },
  });
});

test('A requeue that is cancelled meanwhile tells the server that has just claimed one of its tasks', async () => {
  const [job, server] = [await finishedJob(), await startServer()];
  const ending = wire.hold(endOfRequeue(job.jobId));
  const requeued = call(`POST /jobs/${job.jobId}/requeue`, { body: { scope: 'All' } });
  await ending.reached;
  await functions.aside(async () => {
    await start(await getJob(job.jobId), 'a', server);
    await acceptCancel(job.jobId, AUTHOR);
  });
  ending.release();
  expect(await requeued).toMatchObject({ status: 200, body: { status: 'Cancelling', taskCounts: { Cancelling: 1 } } });
  expect((await getServer(server.serverId)).cancelOrders).toEqual(new Set([`${job.jobId}#2`]));
});

test('A requeue of a large job starts its workflow', async () => {
  const job = await submit(tasksLike(251));
  await moveJob(job.jobId, 'finish');
  const reply = await call(`POST /jobs/${job.jobId}/requeue`, { body: { scope: 'NotFinished' } });
  expect(reply.body).toMatchObject({ status: 'Waiting', requeue: { requestedBy: 'adam', scope: 'NotFinished' } });
  const step = await steps.until('the pass', ({ name }) => name === 'requeue-tasks');
  expect(step.payload).toEqual({ jobId: job.jobId });
  expect((await call(`POST /jobs/${job.jobId}/cancel`)).body).toMatchObject({ status: 'Cancelling' });
});

test('A large job is shown with the tasks that run right now, by every route', async () => {
  const headers = { 'idempotency-key': 'large' };
  const large = { name: 'large', tasks: tasksLike(1001).map((task) => ({ ...task, handler: 'echo' })) };
  const jobId = idOf(await call('POST /jobs', { body: large, headers }));
  await call(`GET /jobs/${jobId}`);
  await start(await getJob(jobId), 't1', await startServer());
  const shown = { jobId, taskCounts: { Ready: 1000, Executing: 1 } };
  expect((await call('POST /jobs', { body: large, headers })).body).toMatchObject(shown);
  expect((await call(`GET /jobs/${jobId}`)).body).toMatchObject(shown);
  expect((await call('GET /jobs?limit=1')).body).toMatchObject({ items: [shown] });
  expect((await call(`PUT /jobs/${jobId}/priority`, { body: { priority: 'Low' } })).body).toMatchObject(shown);
  await setOnJob(jobId, { status: 'Waiting' }, []);
  expect((await call(`POST /jobs/${jobId}/hold`)).body).toMatchObject(shown);
  expect((await call(`POST /jobs/${jobId}/release`)).body).toMatchObject(shown);
  const taskCounts = { ...noTasks(), Ready: 1000, Executing: 1 };
  await moveJob(jobId, 'finish', { set: { taskCounts } });
  expect((await call(`POST /jobs/${jobId}/requeue`)).body).toMatchObject(shown);
});

test('The priority of a job changes until it has ended', async () => {
  const job = await submit();
  const high = { body: { priority: 'High' }, as: alice };
  expect(await call(`PUT /jobs/${job.jobId}/priority`, high)).toMatchObject({
    status: 200,
    body: { priority: 'High' },
  });
  await call(`POST /jobs/${job.jobId}/cancel`);
  expect(await call(`PUT /jobs/${job.jobId}/priority`, high)).toMatchObject(refused(409, 'WrongStatus'));
  const wrong = await call(`PUT /jobs/${job.jobId}/priority`, { body: { priority: 'Urgent' } });
  expect(wrong).toMatchObject(refused(400, 'InvalidRequest'));
});

test.each(['cancel', 'hold', 'release', 'requeue'])(
  'To %s a job takes its owner or an operator, and a job that exists',
  async (verb) => {
    const { jobId } = await submit();
    expect(await call(`POST /jobs/${jobId}/${verb}`, { as: bob })).toMatchObject(refused(403, 'Forbidden'));
    expect(await call(`POST /jobs/${jobId}/${verb}`, { as: reader })).toMatchObject(refused(403, 'Forbidden'));
    expect((await call(`POST /jobs/${jobId}/${verb}`, { as: operator })).status).not.toBe(403);
    expect(await call(`POST /jobs/unknown/${verb}`, { as: bob })).toMatchObject(refused(404, 'NotFound'));
    expect(await call(`POST /jobs/unknown/${verb}`, { as: operator })).toMatchObject(refused(404, 'NotFound'));
  },
);

test('A fault is replied as Internal, without its reason', async () => {
  const job = await submit();
  await setOnJob(job.jobId, { taskTotal: 'many' }, []);
  const reply = await call(`GET /jobs/${job.jobId}`);
  expect(reply).toMatchObject({ status: 500, body: { code: 'Internal', requestId: expect.any(String) } });
  expect(JSON.stringify(reply.body)).not.toMatch(/Zod|expected/);
});

test.each([
  ['submitted', () => call('POST /jobs', { body })],
  ['released', async () => call(`POST /jobs/${(await submit([{}], { hold: true })).jobId}/release`)],
  ['requeued', async () => call(`POST /jobs/${(await finishedJob()).jobId}/requeue`, { body: { scope: 'All' } })],
])('A job that is %s wakes a sleeping fleet', async (_, act) => {
  await letFleetSleep(functions);
  expect((await act()).status).toBeLessThan(300);
  expect(await desiredServers(functions.containers)).toBe(1);
});

test('A job that is held, or starts tomorrow, lets the fleet sleep', async () => {
  await letFleetSleep(functions);
  const startAt = new Date(Date.now() + 24 * 3_600_000).toISOString();
  for (const more of [{ hold: true }, { startAt }])
    expect((await call('POST /jobs', { body: { ...body, ...more } })).status).toBe(201);
  expect(await desiredServers(functions.containers)).toBe(0);
});

test('A job is accepted although ECS refuses to start servers for it', async () => {
  await letFleetSleep(functions);
  const stopRefusing = functions.ecs.refuse(({ operation }) => operation === 'UpdateService', 'ThrottlingException');
  expect(await call('POST /jobs', { body })).toMatchObject({ status: 201, body: { status: 'Waiting' } });
  stopRefusing();
  expect(await desiredServers(functions.containers)).toBe(0);
});

testTouches(functions, [
  'submit-job',
  'list-jobs',
  'get-job',
  'cancel-job',
  'hold-job',
  'release-job',
  'requeue-job',
  'set-priority',
]);
