/** A request of a server abort takes effect as a whole or not at all, whatever comes between or cuts it off. */
import { expect, test } from '@jest/globals';
import type { Abort } from '#domain/aborts/abort';
import { harmsOf } from '#domain/aborts/plan';
import type { Job } from '#domain/jobs/job';
import type { Server } from '#domain/servers/server';
import { SERVER_CONTAINER } from '#domain/servers/server';
import { abortJob } from '#engine/aborts/abort-job';
import { completeAbort } from '#engine/aborts/complete-abort';
import { discardAbort } from '#engine/aborts/discard-abort';
import { planAbort, planNow } from '#engine/aborts/plan-abort';
import { requestAbort } from '#engine/aborts/request-abort';
import { abortExecutionStatus } from '#engine/aws/workflows';
import { acceptCancel } from '#engine/jobs/cancel-job';
import { cancelTasks } from '#engine/jobs/cancel-tasks';
import { reapAborts, reapDrain } from '#engine/reaper/reap-aborts';
import { finishTask } from '#engine/tasks/finish-task';
import { undoClaim } from '#engine/tasks/undo-claim';
import { CATALOG } from '#functions/catalog/catalog';
import { abortView } from '#functions/views';
import { loadFunctions } from '#local/aws/lambda/lambda';
import { functionsOf } from '#local/catalog';
import { getAbort } from '#store/aborts';
import { listEvents } from '#store/events';
import { changeFeature } from '#store/features';
import { getJob } from '#store/jobs';
import { rememberPlan } from '#store/plans';
import { listAborts } from '#store/reads/list-aborts';
import { getServer, moveServer } from '#store/servers';
import { boundedWork } from '#test/support/engine/bounded-work';
import { prepared } from '#test/support/functions/aborting';
import { startFunctions } from '#test/support/functions/functions';
import { httpEvent, operator } from '#test/support/functions/http';
import { CALLER, recordStop, start, startServer, submit } from '#test/support/store/trial';
import { queryOf, updateOf } from '#test/support/store/wire';

const KILLED = [{ name: SERVER_CONTAINER, exitCode: 137 }];
const { wire } = await startFunctions();

const WHO = { by: 'alice', from: '127.0.0.1', reason: 'it does not end', planId: 'confirmed' };
await changeFeature('EnhancedBatchAbort', { set: { enabled: true } });

/** A server with a cancelled job's task that runs. */
async function stuck() {
  const server = await startServer();
  const job = await submit([{ taskId: 'a' }]);
  const task = await start(job, 'a', server);
  return { job: await cancelled(job), task, server: await getServer(server.serverId) };
}

async function cancelled({ jobId }: Job): Promise<Job> {
  const job = await acceptCancel(jobId, { by: 'alice', at: new Date().toISOString() });
  await cancelTasks(job, Number.POSITIVE_INFINITY);
  return getJob(jobId);
}

/** Plans the abort and requests what was planned. */
async function request(job: Job, confirmed?: string[]) {
  const planned = await planNow(await getJob(job.jobId));
  return requestAbort(planned, { ...WHO, confirmed: confirmed ?? harmsOf(planned.plan) });
}

async function requested(job: Job): Promise<Abort> {
  const abort = await request(job);
  if (!abort) throw new Error('Another abort was first.');
  return abort;
}

/** Each bystander's planned fate and its outcome. */
function bystandersOf({ bystanders }: Awaited<ReturnType<typeof abortView>>): Record<string, string> {
  return Object.fromEntries(bystanders.map(({ taskId, fate, outcome }) => [taskId, `${fate}: ${outcome}`]));
}

/** Expects no trace of an abort: the server works, the job is as it was, and no record is left. */
async function expectUntouched({ server, job }: { server: Server; job: Job }): Promise<void> {
  expect(await getServer(server.serverId)).toEqual(server);
  expect((await getJob(job.jobId)).abortId).toBe(job.abortId);
  expect((await listAborts(job.jobId, { limit: 10 })).aborts).toEqual([]);
}

test('An abort is refused without a trace if its servers run more than the confirmed plan shows', async () => {
  const { server, job } = await stuck();
  const confirmed = harmsOf((await planNow(await getJob(job.jobId))).plan);
  await start(await submit([{ taskId: 'new' }]), 'new', server);
  await expect(request(job, confirmed)).rejects.toMatchObject({
    code: 'PlanChanged',
    facts: { plan: { disruptedJobs: [{ tasks: [{ taskId: 'new' }] }] } },
  });
  await expectUntouched({ server, job });
});

test('A plan looks a second time if the index does not show yet what was claimed', async () => {
  const { job, server } = await stuck();
  wire.edit(queryOf('byServer', server.serverId), () => ({ Count: 0, ScannedCount: 0, Items: [] }));
  expect((await planNow(job)).plan.tasks).toMatchObject([{ taskId: 'a', serverId: server.serverId }]);
});

test('An abort is refused without a trace if its job ends while its servers begin to drain', async () => {
  const { server, job, task } = await stuck();
  const draining = wire.hold(updateOf('servers', server.serverId, 'Draining'));
  const requesting = request(job);
  await draining.reached;
  await finishTask(task, undefined, new Date().toISOString());
  draining.release();
  await expect(requesting).rejects.toMatchObject({ code: 'NothingToAbort' });
  await expectUntouched({ server, job });
});

test('A check of an abort does not end it while its servers only begin to drain', async () => {
  const { server, job } = await stuck();
  const draining = wire.hold(updateOf('servers', server.serverId, 'Draining'));
  const requesting = request(job);
  await draining.reached;
  await reapAborts(boundedWork);
  const { abortId } = await getJob(job.jobId);
  if (abortId !== undefined) await completeAbort(abortId);
  draining.release();
  const abort = await requesting;
  expect(await getAbort(abort?.abortId ?? '')).toMatchObject({ status: 'Draining' });
  expect(await getServer(server.serverId)).toMatchObject({ drainAborts: new Set([abort?.abortId]) });
});

test('The reaper leaves a server alone that drains for a request in progress', async () => {
  const { server, job } = await stuck();
  const linking = wire.hold(updateOf('jobs', job.jobId, 'abortId'));
  const requesting = request(job);
  await linking.reached;
  await reapDrain(await getServer(server.serverId));
  await reapAborts(boundedWork);
  linking.release();
  const abort = await requesting;
  expect(await getServer(server.serverId)).toMatchObject({
    status: 'Draining',
    drainAborts: new Set([abort?.abortId]),
  });
});

test('An abort records its bystanders, their planned fates and their outcomes', async () => {
  const { server, job } = await stuck();
  const other = await submit([{ taskId: 'ends' }, { taskId: 'runs', restartable: true }, { taskId: 'dies' }]);
  const ends = await start(other, 'ends', server);
  await start(other, 'runs', server);
  await start(other, 'dies', server);
  const { abortId } = await requested(job);
  await finishTask(ends, undefined, new Date().toISOString());
  expect(bystandersOf(await abortView(await getAbort(abortId), CALLER))).toEqual({
    ends: 'fails: Finished',
    runs: 'restarts: Running',
    dies: 'fails: Running',
  });
  await recordStop(server.serverId, { stoppedAt: new Date().toISOString(), containers: KILLED });
  await completeAbort(abortId);
  expect(bystandersOf(await abortView(await getAbort(abortId), CALLER))).toEqual({
    ends: 'fails: Finished',
    runs: 'restarts: Restarted',
    dies: 'fails: Interrupted',
  });
});

test('A request that died before it was in force restarts nothing, even if its job was requeued since', async () => {
  const { server, job } = await stuck();
  const abort = await prepared(job, server, { run: job.run - 1 });
  await reapAborts(boundedWork);
  expect(await abortExecutionStatus(abort.abortId)).toBeUndefined();
  await discardAbort(abort);
  await expectUntouched({ server, job });
});

test('A server goes back to work if no task of the job runs on it any more once it drains', async () => {
  const servers = [await startServer(), await startServer()] as const;
  const [kept, left] = servers;
  const submitted = await submit([{ taskId: 'a' }, { taskId: 'b' }]);
  await start(submitted, 'a', kept);
  const ends = await start(submitted, 'b', left);
  const job = await cancelled(submitted);
  const draining = wire.hold(updateOf('servers', 'Draining'));
  const requesting = request(job);
  await draining.reached;
  await finishTask(ends, undefined, new Date().toISOString());
  // The confirmed plan does not show it, so nothing may harm it.
  await start(await submit([{ taskId: 'new' }]), 'new', left);
  draining.release();
  const { abortId = '' } = (await requesting) ?? {};
  expect(await getAbort(abortId)).toMatchObject({ serverIds: [kept.serverId], bystanders: [] });
  expect(await getServer(kept.serverId)).toMatchObject({ status: 'Draining', drainAborts: new Set([abortId]) });
  expect(await getServer(left.serverId)).toEqual(expect.objectContaining({ status: 'Active' }));
  expect((await getServer(left.serverId)).drainAborts).toBeUndefined();
});

test('A task that moves to another server during the second planning is a bystander once', async () => {
  const { server, job } = await stuck();
  const next = await startServer();
  const other = await submit([{ taskId: 'moves', restartable: true }]);
  const moving = await start(other, 'moves', server);
  const planned = await planNow(await getJob(job.jobId));
  // The read of its job comes after that of what the server holds.
  const lookingOn = wire.hold(({ operation, body }) => operation === 'BatchGetItem' && body.includes(other.jobId));
  const requesting = requestAbort(planned, { ...WHO, confirmed: harmsOf(planned.plan) });
  await lookingOn.reached;
  await undoClaim(moving);
  await start(other, 'moves', next);
  lookingOn.release();
  const abort = await requesting;
  expect(abort?.bystanders).toMatchObject([{ taskId: 'moves', serverId: server.serverId }]);
  expect(bystandersOf(await abortView(await getAbort(abort?.abortId ?? ''), CALLER))).toEqual({
    moves: 'restarts: Superseded',
  });
});

test('Of two requests at once for one job one takes effect, and its servers drain for that one alone', async () => {
  const { server, job } = await stuck();
  const [one, other] = await Promise.all([request(job), request(job)]);
  const made = [one, other].filter((abort) => abort !== undefined);
  expect(made).toHaveLength(1);
  expect(await getJob(job.jobId)).toMatchObject({ abortId: made[0]?.abortId });
  expect(await getServer(server.serverId)).toMatchObject({
    status: 'Draining',
    drainAborts: new Set([made[0]?.abortId]),
  });
  expect((await listAborts(job.jobId, { limit: 10 })).aborts).toHaveLength(1);
});

test('The reaper completes a request that was cut off before it started its workflow', async () => {
  const { job } = await stuck();
  const startAbortJob = wire.hold(
    ({ operation, body }) => operation === 'UpdateItem' && body.includes('AbortRequested'),
  );
  const requesting = request(job);
  await startAbortJob.reached;
  const { abortId = '' } = await getJob(job.jobId);
  expect(await abortExecutionStatus(abortId)).toBeUndefined();
  await reapAborts(boundedWork);
  expect(await abortExecutionStatus(abortId)).toBe('RUNNING');
  startAbortJob.release();
  expect(await requesting).toMatchObject({ abortId });
});

test('The reaper tells the event of a request that was cut off before it told it, once', async () => {
  const { server, job } = await stuck();
  const other = await submit([{ taskId: 'beside' }]);
  await start(other, 'beside', server);
  const telling = wire.hold(({ operation, body }) => operation === 'UpdateItem' && body.includes('AbortRequested'));
  const requesting = request(job);
  await telling.reached;
  await reapAborts(boundedWork);
  expect(await eventsOf(job)).toContain('AbortRequested');
  expect(await eventsOf(other)).toContain('DisruptedByAbort');
  telling.release();
  await requesting;
  expect((await eventsOf(job)).filter((type) => type === 'AbortRequested')).toHaveLength(1);
});

async function eventsOf(job: Job): Promise<string[]> {
  return (await listEvents(job, { limit: 100 })).events.map(({ type }) => type);
}

test('An abort shares the stop of a server that another abort has just requested, and both complete', async () => {
  const { server, job } = await stuck();
  const second = await submit([{ taskId: 'a' }]);
  await start(second, 'a', server);
  const first = await requested(job);
  const other = await cancelled(second);
  const draining = wire.hold(updateOf('servers', server.serverId, 'drainAborts'));
  const requesting = request(other);
  await draining.reached;
  await moveServer(server.serverId, 'stop', { abortId: first.abortId });
  draining.release();
  const joined = await requesting;
  await recordStop(server.serverId, { stoppedAt: new Date().toISOString(), containers: KILLED });
  for (const abortId of [first.abortId, joined?.abortId ?? '']) {
    expect(await completeAbort(abortId)).toMatchObject({ status: 'Completed', tasks: [{ outcome: 'Cancelled' }] });
  }
});

test.each(['declareLost', 'proveStopped'] as const)(
  'An abort is refused if its only server makes the move %s first: its tasks are settled without it',
  async (move) => {
    const { server, job } = await stuck();
    const draining = wire.hold(updateOf('servers', server.serverId, 'drainAborts'));
    const requesting = request(job);
    await draining.reached;
    await moveServer(server.serverId, move);
    draining.release();
    await expect(requesting).rejects.toMatchObject({ code: 'NothingToAbort' });
    await recordStop(server.serverId, { stoppedAt: new Date().toISOString(), containers: KILLED });
    expect(await getJob(job.jobId)).toMatchObject({ status: 'Cancelled' });
  },
);

test('Two requests return the same abort if one aborts between the reads of the other', async () => {
  const { job } = await stuck();
  const { invoke } = await loadFunctions(functionsOf(CATALOG.filter(({ name }) => name === 'abort-job')));
  const planId = 'x';
  const ask = () => {
    const { name, event } = httpEvent(`POST /jobs/${job.jobId}/abort`, { as: operator, body: { planId, reason: 'r' } });
    return invoke(name, event);
  };
  const { plan } = await planNow(await getJob(job.jobId));
  await rememberPlan({ ...plan, planId });
  let reads = 0;
  const second = wire.hold(({ operation }) => operation === 'GetItem' && ++reads === 2);
  const late = ask();
  await second.reached;
  const early = await ask();
  second.release();
  expect([early, await late]).toMatchObject([{ statusCode: 202 }, { statusCode: 202 }]);
  expect((await listAborts(job.jobId, { limit: 10 })).aborts).toHaveLength(1);
});

test('A task abort goes on until a server abort of its job is confirmed, which takes its place', async () => {
  const { job } = await stuck();
  await changeFeature('EnhancedBatchAbort', { set: { enabled: false } });
  const { planId: taskPlan } = await planAbort(job.jobId);
  const { abortId } = await abortJob(job.jobId, { ...WHO, planId: taskPlan }, WHO);
  await changeFeature('EnhancedBatchAbort', { set: { enabled: true } });
  const { planId } = await planAbort(job.jobId);
  expect(await abortJob(job.jobId, { ...WHO, planId: taskPlan }, WHO)).toMatchObject({ abortId, status: 'Stopping' });
  await expect(abortJob(job.jobId, { ...WHO, planId: 'unknown' }, WHO)).rejects.toMatchObject({ code: 'PlanChanged' });
  expect(await getAbort(abortId)).toMatchObject({ status: 'Stopping' });
  const both = await Promise.all([1, 2].map(() => abortJob(job.jobId, { ...WHO, planId }, WHO)));
  expect(new Set(both.map((abort) => abort.abortId)).size).toBe(1);
  expect(both[0]).toMatchObject({ mode: 'server', status: 'Draining' });
  expect(await getAbort(abortId)).toMatchObject({ status: 'Failed', tasks: [{ outcome: 'NotStopped' }] });
});
