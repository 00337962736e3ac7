import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { MAX_PAGE_BYTES } from '#domain/limits';
import { acceptCancel } from '#engine/jobs/cancel-job';
import { awaitDrain } from '#engine/servers/drain-server';
import { finishTask } from '#engine/tasks/finish-task';
import { changeFeature } from '#store/features';
import { listServers } from '#store/reads/list-servers';
import { getServer } from '#store/servers';
import { getTask } from '#store/tasks';
import { DRAIN_SECONDS, HEARTBEAT_SECONDS } from '#test/support/environment';
import { bystander, cancelling } from '#test/support/functions/aborting';
import { startFunctions } from '#test/support/functions/functions';
import { type HttpReply, operator, reader, refused } from '#test/support/functions/http';
import { testTouches } from '#test/support/functions/recording';
import { recordedStatuses, start, startServer, submit, tasksLike } from '#test/support/store/trial';
import { updateOf } from '#test/support/store/wire';

const functions = await startFunctions();
const { aside, call, steps, wire } = functions;

const idOf = (reply: HttpReply) => String(reply.body.abortId);
const enhance = (enabled: boolean) => changeFeature('EnhancedBatchAbort', { set: { enabled } });

const readPlan = (jobId: string) => call(`GET /jobs/${jobId}/abort-plan`, { as: operator });
const abort = (jobId: string, planId: unknown) =>
  call(`POST /jobs/${jobId}/abort`, { as: operator, body: { planId, reason: 'hangs' } });

/** An abort that was read and confirmed. */
async function aborted(jobId: string): Promise<HttpReply> {
  return abort(jobId, (await readPlan(jobId)).body.planId);
}

test('The plan of a task abort names the tasks that it stops, and no others', async () => {
  await enhance(false);
  const server = await startServer();
  const job = await cancelling(server);
  await bystander(server);
  expect(await readPlan(job.jobId)).toMatchObject({
    status: 200,
    body: {
      planId: expect.any(String),
      jobId: job.jobId,
      mode: 'task',
      drainSeconds: DRAIN_SECONDS,
      tasks: [{ taskId: 't1', serverId: server.serverId, startedAt: expect.any(String) }],
      servers: [],
      disruptedJobs: [],
    },
  });
});

test('The plan of a server abort names the servers that it restarts and the jobs that it disrupts', async () => {
  await enhance(true);
  const server = await startServer();
  const job = await cancelling(server);
  const other = await bystander(server);
  const { serverId } = server;
  expect((await readPlan(job.jobId)).body).toMatchObject({
    mode: 'server',
    servers: [{ serverId, executing: 1, cancelling: 1 }],
    disruptedJobs: [
      { jobId: other.jobId, name: 'trial', createdBy: 'alice', tasks: [{ taskId: 'b', serverId, fate: 'restarts' }] },
    ],
  });
});

test('What runs counts as cancelled before the pass has come that far, and the abort marks it', async () => {
  await enhance(false);
  const server = await startServer();
  const job = await submit(tasksLike(2));
  const taskId = 't1';
  await start(job, taskId, server);
  await acceptCancel(job.jobId, { by: 'alice', at: new Date().toISOString() });
  const plan = await readPlan(job.jobId);
  expect(plan.body).toMatchObject({ tasks: [{ taskId, serverId: server.serverId }] });
  expect(await recordedStatuses(job, taskId)).toEqual(['Executing']);
  expect(await abort(job.jobId, plan.body.planId)).toMatchObject({ status: 202, body: { tasks: [{ taskId }] } });
  expect(await recordedStatuses(job, taskId)).toEqual(['Cancelling']);
});

test('A job that is not Cancelling, does not exist or has nothing to abort has no plan', async () => {
  const waiting = await submit();
  const done = await submit();
  await acceptCancel(done.jobId, { by: 'alice', at: new Date().toISOString() });
  for (const verb of [readPlan, (jobId: string) => abort(jobId, 'p')]) {
    const wrong = await verb(waiting.jobId);
    expect(wrong).toMatchObject(refused(409, 'WrongStatus'));
    expect(wrong.body.currentStatus).toBe('Waiting');
    expect(await verb('unknown')).toMatchObject(refused(404, 'NotFound'));
    expect(await verb(done.jobId)).toMatchObject(refused(409, 'NothingToAbort'));
  }
});

test('A confirmed task abort orders the server to stop the task; a repeat returns the same abort', async () => {
  await enhance(false);
  const server = await startServer();
  const job = await cancelling(server);
  const reply = await aborted(job.jobId);
  expect(reply).toMatchObject({
    status: 202,
    body: {
      jobId: job.jobId,
      mode: 'task',
      status: 'Stopping',
      requestedBy: 'olga',
      reason: 'hangs',
      servers: [],
      tasks: [{ jobId: job.jobId, taskId: 't1', outcome: 'Stopping' }],
      timeline: [{ type: 'Requested', at: expect.any(String) }],
    },
  });
  expect([...((await getServer(server.serverId)).stopOrders ?? [])]).toHaveLength(1);
  expect(idOf(await abort(job.jobId, 'any'))).toBe(idOf(reply));
  expect((await call(`GET /aborts/${idOf(reply)}`, { as: operator })).body).toEqual(reply.body);
  expect(await call(`POST /aborts/${idOf(reply)}/withdraw`)).toMatchObject(refused(409, 'WrongStatus'));
});

test('A confirmed server abort drains the servers, starts the workflow and adds events to disrupted jobs', async () => {
  await enhance(true);
  const server = await startServer();
  const job = await cancelling(server);
  const other = await bystander(server);
  const reply = await aborted(job.jobId);
  expect(reply.body).toMatchObject({
    mode: 'server',
    status: 'Draining',
    drainDeadline: expect.any(String),
    executionArn: expect.stringContaining(`:execution:abort-job:${idOf(reply)}`),
    servers: [{ serverId: server.serverId, status: 'Draining', drainingAt: expect.any(String) }],
  });
  expect((await call(`GET /aborts/${idOf(reply)}`, { as: operator })).body).toEqual(reply.body);
  expect((await getServer(server.serverId)).status).toBe('Draining');
  const step = await steps.until('the drain', ({ name }) => name === 'drain-server');
  expect(step.payload).toMatchObject({ abortId: idOf(reply), serverId: server.serverId });
  expect((await call(`GET /jobs/${other.jobId}/events`)).body).toMatchObject({
    items: [{ type: 'JobExecuting' }, { type: 'DisruptedByAbort' }],
  });
});

test('An abort that would do more than its plan is refused with the new plan, which can be confirmed', async () => {
  await enhance(true);
  const server = await startServer();
  const job = await cancelling(server);
  const read = await readPlan(job.jobId);
  await bystander(server);
  const changed = await abort(job.jobId, read.body.planId);
  expect(changed).toMatchObject(refused(409, 'PlanChanged'));
  expect(changed.body.plan).toMatchObject({ disruptedJobs: [{ tasks: [{ taskId: 'b' }] }] });
  expect((await getServer(server.serverId)).status).toBe('Active');
  expect(await abort(job.jobId, Object(changed.body.plan).planId)).toMatchObject({ status: 202 });
});

test('An abort that would do less than its plan goes ahead', async () => {
  await enhance(false);
  const server = await startServer();
  const job = await cancelling(server, 2);
  const read = await readPlan(job.jobId);
  await finishTask(await getTask(job, 't1'), '1', new Date().toISOString());
  expect(await abort(job.jobId, read.body.planId)).toMatchObject({ status: 202, body: { tasks: [{ taskId: 't2' }] } });
});

test('A task that is claimed just before the drain is seen: the abort is refused, the server works on', async () => {
  await enhance(true);
  const server = await startServer();
  const job = await cancelling(server);
  const read = await readPlan(job.jobId);
  const draining = wire.hold(updateOf('servers', server.serverId, 'Draining'));
  const aborting = abort(job.jobId, read.body.planId);
  await draining.reached;
  const other = await aside(() => bystander(server));
  draining.release();
  const changed = await aborting;
  expect(changed).toMatchObject(refused(409, 'PlanChanged'));
  expect(changed.body.plan).toMatchObject({ disruptedJobs: [{ jobId: other.jobId }] });
  expect((await getServer(server.serverId)).status).toBe('Active');
  expect((await call(`GET /aborts?jobId=${job.jobId}`)).body).toEqual({ items: [] });
});

test.each([
  {},
  { planId: 'p' },
  { reason: 'r' },
  { planId: 'p', reason: ' ' },
  { planId: '\ud800', reason: 'r' },
  { planId: 'p', reason: 'r', yes: true },
])('An abort with the body %j is refused', async (body) => {
  const job = await cancelling(await startServer());
  expect(await call(`POST /jobs/${job.jobId}/abort`, { body })).toMatchObject(refused(400, 'InvalidRequest'));
});

test('A draining abort is withdrawn: its servers go back to work, its workflow ends', async () => {
  await enhance(true);
  const server = await startServer();
  const reply = await aborted((await cancelling(server)).jobId);
  const abortId = idOf(reply);
  const step = await steps.until('the drain', ({ payload }) => Object(payload).abortId === abortId);
  await awaitDrain(server.serverId, { abortId, token: Object(step.payload).token });
  const withdraw = () => call(`POST /aborts/${abortId}/withdraw`, { as: operator, body: { reason: 'it ended' } });
  expect(await withdraw()).toMatchObject({
    status: 202,
    body: { status: 'Withdrawn', servers: [{ serverId: server.serverId, withdrawnAt: expect.any(String) }] },
  });
  expect((await getServer(server.serverId)).status).toBe('Active');
  await steps.until('the end', ({ name, payload }) => name === 'complete-abort' && Object(payload).abortId === abortId);
  expect(await withdraw()).toMatchObject({ status: 202, body: { status: 'Withdrawn' } });
});

test('An abort that does not exist is not found, nor withdrawn', async () => {
  expect(await call('GET /aborts/unknown')).toMatchObject(refused(404, 'NotFound'));
  expect(await call('POST /aborts/unknown/withdraw')).toMatchObject(refused(404, 'NotFound'));
});

test('Aborts are listed newest first, page by page, all or those of a job', async () => {
  await enhance(true);
  const ids: string[] = [];
  const jobs: string[] = [];
  for (let count = 0; count < 2; count += 1) {
    const { jobId } = await cancelling(await startServer());
    jobs.unshift(jobId);
    ids.unshift(idOf(await aborted(jobId)));
  }
  const first = await call('GET /aborts?limit=1', { as: reader });
  expect(first).toMatchObject({ status: 200, body: { items: [{ abortId: ids[0] }], cursor: ids[0] } });
  expect((await call(`GET /aborts?limit=1&cursor=${first.body.cursor}`)).body).toMatchObject({
    items: [{ abortId: ids[1] }],
  });
  expect((await call(`GET /aborts?jobId=${jobs[1]}`)).body).toEqual({
    items: [expect.objectContaining({ abortId: ids[1] })],
  });
  expect(await call('GET /aborts?status=Draining')).toMatchObject(refused(400, 'InvalidRequest'));
});

test('Servers are listed with what they run, without their orders and callbacks', async () => {
  await enhance(true);
  const server = await startServer();
  const job = await cancelling(server);
  const reply = await aborted(job.jobId);
  const { body } = await call('GET /servers', { as: reader });
  expect(body.items).toContainEqual({
    serverId: server.serverId,
    containerArn: server.containerArn,
    status: 'Draining',
    batchGroups: ['default'],
    slots: 4,
    startedAt: server.startedAt,
    heartbeatAt: server.heartbeatAt,
    leaseUntil: new Date(Date.parse(server.heartbeatAt) + 3 * HEARTBEAT_SECONDS * 1_000).toISOString(),
    drainingAt: expect.any(String),
    drain: { deadline: reply.body.drainDeadline, aborts: [idOf(reply)] },
    running: [{ jobId: job.jobId, taskId: 't1', status: 'Cancelling', startedAt: expect.any(String) }],
  });
});

testTouches(functions, ['plan-abort', 'abort-job', 'list-aborts', 'get-abort', 'withdraw-abort', 'list-servers']);

test('An empty job id is no filter of the list of aborts', async () => {
  expect(await call('GET /aborts?jobId=', { as: reader })).toMatchObject(refused(400, 'InvalidRequest'));
});

test('Servers are listed page by page by a limit, and where a reply would be too large', async () => {
  const idsOf = ({ body }: HttpReply) => z.array(z.object({ serverId: z.string() })).parse(body.items);
  const longArn = { containerArn: `arn:${'x'.repeat(350_000)}` };
  for (let count = 0; count < 12; count += 1) await startServer(longArn);
  const all = (await listServers()).map(({ serverId, startedAt }) => ({ serverId, startedAt })).sort(latestFirst);
  for (const limit of ['', 'limit=3&']) {
    const pages = [];
    let cursor: unknown;
    do {
      const page = await call(`GET /servers?${limit}${cursor ? `cursor=${encodeURIComponent(String(cursor))}` : ''}`);
      expect(JSON.stringify(page.body).length).toBeLessThan(MAX_PAGE_BYTES + 400_000);
      pages.push(idsOf(page));
      cursor = page.body.cursor;
    } while (cursor !== undefined);
    expect(pages.flat()).toEqual(all.map(({ serverId }) => ({ serverId })));
    expect(pages.length).toBe(limit ? Math.ceil((all.length + 1) / 3) : 2);
  }
  expect(await call('GET /servers?cursor=x')).toMatchObject(refused(400, 'InvalidRequest'));
});

function latestFirst(a: { startedAt: string; serverId: string }, b: { startedAt: string; serverId: string }): number {
  return `${a.startedAt}#${a.serverId}` < `${b.startedAt}#${b.serverId}` ? 1 : -1;
}
