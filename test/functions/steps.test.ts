import { StopTaskCommand } from '@aws-sdk/client-ecs';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, expect, jest, test } from '@jest/globals';
import { z } from 'zod';
import type { Abort } from '#domain/aborts/abort';
import { submitJobSchema } from '#domain/requests';
import { afterAttempt } from '#engine/after-end';
import { succeed } from '#engine/aws/callbacks';
import { acceptCancel } from '#engine/jobs/cancel-job';
import { acceptRequeue } from '#engine/jobs/requeue-job';
import { passTasks } from '#engine/jobs/requeue-tasks';
import { submitJob } from '#engine/jobs/submit-job';
import { resumeServer } from '#engine/servers/resume-server';
import { failTask } from '#engine/tasks/fail-task';
import { finishTask } from '#engine/tasks/finish-task';
import { getAbort } from '#store/aborts';
import { forgetTallies } from '#store/counts/tallies';
import { getJob, moveJob } from '#store/jobs';
import { taskCountsOf } from '#store/reads/counting';
import { getServer, moveServer } from '#store/servers';
import { keptTasks } from '#store/submissions/kept-tasks';
import { createTasks, getTask } from '#store/tasks';
import { bystander, draining, taskAbort } from '#test/support/functions/aborting';
import { readyContainer } from '#test/support/functions/containers';
import { desiredServers, letFleetSleep } from '#test/support/functions/fleet';
import { startFunctions } from '#test/support/functions/functions';
import { testTouches } from '#test/support/functions/recording';
import { untilStatus } from '#test/support/local/ecs-trial';
import { throttleWrites } from '#test/support/store/task-writes';
import { noteOnServer, recordedStatuses, start, startServer, submit, tasksLike } from '#test/support/store/trial';
import { endOfRequeue } from '#test/support/store/wire';

const functions = await startFunctions({ containers: 3 });
const { invoke, steps, containers } = functions;

const sfn = new SFNClient({});
afterAll(() => sfn.destroy());

const now = () => new Date().toISOString();
const tokenCallSchema = z.looseObject({ abortId: z.string(), serverId: z.string(), token: z.string() });

/** Starts the abort's workflow; its first call of DrainServer. */
async function runWorkflow({ abortId, serverIds, drainDeadline }: Abort) {
  const stateMachineArn = `${process.env.LASTCALL_STATE_MACHINE_ARN_PREFIX}abort-job`;
  const input = JSON.stringify({ abortId, serverIds, drainDeadline });
  await sfn.send(new StartExecutionCommand({ stateMachineArn, name: abortId, input }));
  return called('drain-server', abortId);
}

/** The call of this step that the abort's workflow makes. */
async function called(name: string, abortId: string) {
  const isIt = (call: { name: string; payload: unknown }) =>
    call.name === name && Object(call.payload).abortId === abortId;
  return (await steps.until(`${name} of ${abortId}`, isIt)).payload;
}

/** The workflow's call of StopServer, after a drain that ended at once. */
async function runToStop(abort: Abort) {
  const payload = tokenCallSchema.parse(await runWorkflow(abort));
  await succeed([payload.token]);
  return called('stop-server', abort.abortId);
}

/** A server in the container of this number, and an abort that has it drain. */
async function drainingContainer(index: number) {
  return draining(await readyContainer(containers, index));
}

test('CancelTasks marks running tasks, drops others and orders the servers; a repeat has nothing to do', async () => {
  const job = await submit(tasksLike(3));
  const server = await startServer();
  const claimed = await start(job, 't1', server);
  await acceptCancel(job.jobId, { by: 'alice', at: now() });
  expect(await invoke('cancel-tasks', { jobId: job.jobId })).toEqual({ jobId: job.jobId, done: true });
  expect(await recordedStatuses(job, 't1', 't2', 't3')).toEqual(['Cancelling', 'NotRun', 'NotRun']);
  expect((await getServer(server.serverId)).cancelOrders).toEqual(new Set([`${job.jobId}#1`]));
  await finishTask(claimed, '1', now());
  await invoke('cancel-tasks', { jobId: job.jobId });
  expect((await getJob(job.jobId)).status).toBe('Cancelled');
  expect(await invoke('cancel-tasks', { jobId: job.jobId })).toEqual({ jobId: job.jobId, done: true });
});

test('WriteTasks writes what a request has left; a repeat has nothing to do, and a cancel since then is carried out', async () => {
  const end = throttleWrites(functions.wire);
  const tasks = Array.from({ length: 2 }, () => ({ handler: 'echo' }));
  const job = await submitJob(submitJobSchema.parse({ name: 'large', tasks }), { by: 'alice', at: now() });
  end();
  jest.useRealTimers();
  await acceptCancel(job.jobId, { by: 'alice', at: now() });
  // An execution that died has written the first one.
  const kept = await keptTasks({ jobId: job.jobId, since: job.unwritten?.since ?? '' }, { from: 0, to: 1 });
  await createTasks(kept.slice(0, 1));
  expect(await invoke('write-tasks', { jobId: job.jobId })).toEqual({ jobId: job.jobId, done: true });
  expect(await recordedStatuses(job, 't000001', 't000002')).toEqual(['Ready', 'Ready']);
  await steps.until('the pass', ({ name, payload }) => name === 'cancel-tasks' && Object(payload).jobId === job.jobId);
  expect(await invoke('write-tasks', { jobId: job.jobId })).toEqual({ jobId: job.jobId, done: true });
});

test('WriteTasks offers a job that may run to the servers, and nudges an idle one', async () => {
  const end = throttleWrites(functions.wire);
  const tasks = [{ handler: 'echo' }];
  const job = await submitJob(submitJobSchema.parse({ name: 'large', tasks }), { by: 'alice', at: now() });
  end();
  jest.useRealTimers();
  expect(await invoke('write-tasks', { jobId: job.jobId })).toEqual({ jobId: job.jobId, done: true });
  expect((await getJob(job.jobId)).dispatchAt).toBeDefined();
});

test('RequeueTasks makes the tasks of the job ready again; a repeat has nothing to do', async () => {
  const job = await submit([{ taskId: 'a' }, { taskId: 'b', dependsOn: [{ taskId: 'a', expected: 'Finished' }] }]);
  const server = await startServer();
  const a = await start(job, 'a', server);
  await finishTask(a, '1', now());
  await afterAttempt({ job, task: a });
  const b = await start(job, 'b', server);
  await failTask(b, { name: 'Error', message: 'no' }, { now: now() });
  await afterAttempt({ job, task: b });
  const requeued = await acceptRequeue(await getJob(job.jobId), 'NotFinished', { by: 'alice', at: now() });
  expect(await invoke('requeue-tasks', { jobId: job.jobId })).toEqual({ jobId: job.jobId, done: true });
  expect(await getJob(job.jobId)).toMatchObject({ status: 'Waiting', run: requeued.run });
  expect(await recordedStatuses(job, 'a', 'b')).toEqual(['Finished', 'Ready']);
  expect(await invoke('requeue-tasks', { jobId: job.jobId })).toEqual({ jobId: job.jobId, done: true });
});

test('RequeueTasks ends a job without tasks to run again', async () => {
  const job = await submit([{ taskId: 'a' }]);
  await finishTask(await start(job, 'a', await startServer()), '1', now());
  await moveJob(job.jobId, 'finish');
  await acceptRequeue(await getJob(job.jobId), 'NotFinished', { by: 'alice', at: now() });
  await invoke('requeue-tasks', { jobId: job.jobId });
  expect((await getJob(job.jobId)).status).toBe('Finished');
});

test('RequeueTasks goes on after a pass that died before it had counted, and counts anew', async () => {
  const job = await submit([{ taskId: 'a' }]);
  const task = await start(job, 'a', await startServer());
  await finishTask(task, '1', now());
  await afterAttempt({ job, task });
  const requeued = await acceptRequeue(await getJob(job.jobId), 'All', { by: 'alice', at: now() });
  await passTasks([await getTask(job, 'a')], requeued);
  forgetTallies(job.jobId);
  await invoke('requeue-tasks', { jobId: job.jobId });
  expect((await taskCountsOf(await getJob(job.jobId))).taskCounts).toMatchObject({ Finished: 0, Ready: 1 });
});

test('DrainServer leaves its callback with the draining server', async () => {
  const { abort, server } = await draining();
  const payload = tokenCallSchema.parse(await runWorkflow(abort));
  expect(await invoke('drain-server', payload)).toBeNull();
  expect((await getServer(server.serverId)).drainTokens).toEqual(new Set([`${abort.abortId}#${payload.token}`]));
});

test('DrainServer answers itself for a server after its drain, and for one that was withdrawn', async () => {
  const stopped = await draining();
  await moveServer(stopped.server.serverId, 'proveStopped', { stoppedAt: now() });
  await invoke('drain-server', await runWorkflow(stopped.abort));
  await called('stop-server', stopped.abort.abortId);
  const withdrawn = await draining();
  await resumeServer(withdrawn.server.serverId, withdrawn.abort.abortId);
  await invoke('drain-server', await runWorkflow(withdrawn.abort));
  await called('complete-abort', withdrawn.abort.abortId);
});

test('StopServer asks ECS to stop the container; from then on the abort cannot be withdrawn', async () => {
  const { abort, server } = await drainingContainer(0);
  const payload = tokenCallSchema.parse(await runToStop(abort));
  await noteOnServer(server.serverId, { drainDeadline: now() });
  await invoke('stop-server', { ...payload, timedOut: true });
  expect(await getServer(server.serverId)).toMatchObject({
    status: 'Stopping',
    deadlineReached: true,
    abortId: abort.abortId,
    stopTokens: new Set([payload.token]),
  });
  expect((await getAbort(abort.abortId)).status).toBe('Restarting');
  await untilStatus(containers, 'STOPPED', server.containerArn);
});

test('StopServer stops no task at the deadline that the confirmed plan does not name', async () => {
  const { abort, server } = await draining();
  const unknown = await bystander(server);
  await noteOnServer(server.serverId, { drainDeadline: now() });
  const payload = tokenCallSchema.parse(await runToStop(abort));
  await expect(invoke('stop-server', { ...payload, timedOut: true })).rejects.toMatchObject({
    name: 'PlanChanged',
    message: expect.stringContaining(`"b" of job ${unknown.jobId}`),
  });
  expect((await getServer(server.serverId)).status).toBe('Draining');
  // The server said that no task of others was executing: the stop harms none.
  await invoke('stop-server', { ...payload, timedOut: false });
  expect((await getServer(server.serverId)).status).toBe('Stopping');
});

test('StopServer lets a server drain until its deadline, whatever heartbeats Step Functions and its record miss', async () => {
  const { abort, server } = await draining();
  const { serverId } = server;
  const payload = tokenCallSchema.parse(await runToStop(abort));
  const { token: drainToken } = tokenCallSchema.parse(await called('drain-server', abort.abortId));
  const isAgain = ({ name, payload: sent }: { name: string; payload: unknown }) =>
    name === 'drain-server' && Object(sent).abortId === abort.abortId && Object(sent).token !== drainToken;
  await noteOnServer(serverId, { heartbeatAt: '2020-01-01T00:00:00.000Z' });
  await invoke('stop-server', { ...payload, timedOut: true });
  await steps.until('another call of DrainServer', isAgain);
  expect((await getServer(serverId)).status).toBe('Draining');
  await noteOnServer(serverId, { drainDeadline: now() });
  await invoke('stop-server', { ...payload, timedOut: true });
  expect(await getServer(serverId)).toMatchObject({ status: 'Stopping', deadlineReached: true });
});

test('StopServer waits for the proof of a lost server, answers for a stopped, fails for a withdrawn one', async () => {
  const lost = await draining();
  await moveServer(lost.server.serverId, 'declareLost', { lostAt: now() });
  const payload = tokenCallSchema.parse(await runToStop(lost.abort));
  await invoke('stop-server', payload);
  expect((await getServer(lost.server.serverId)).stopTokens).toEqual(new Set([payload.token]));
  await moveServer(lost.server.serverId, 'proveStopped', { stoppedAt: now() });
  await invoke('stop-server', payload);
  await called('settle-server', lost.abort.abortId);
  const withdrawn = await draining();
  await resumeServer(withdrawn.server.serverId, withdrawn.abort.abortId);
  await invoke('stop-server', await runToStop(withdrawn.abort));
  await called('complete-abort', withdrawn.abort.abortId);
});

test('FindStopProof fails as NotStopped until ECS says that the container has stopped, and then settles', async () => {
  const { abort, job, server } = await drainingContainer(1);
  const other = await bystander(server);
  const failing = await bystander(server, false);
  const { abortId } = await taskAbort(server);
  const payload = tokenCallSchema.parse(await runToStop(abort));
  await expect(invoke('find-stop-proof', payload)).rejects.toMatchObject({ name: 'NotStopped' });
  await invoke('stop-server', payload);
  await untilStatus(containers, 'STOPPED', server.containerArn);
  await invoke('find-stop-proof', payload);
  expect(await getServer(server.serverId)).toMatchObject({ status: 'Stopped', exitCode: 0 });
  expect(await recordedStatuses(job, 't1')).toEqual(['Cancelled']);
  expect(await recordedStatuses(other, 'b', 'c')).toEqual(['Ready', 'Waiting']);
  expect(await recordedStatuses(failing, 'b', 'c')).toEqual(['Error', 'NotRun']);
  expect([await getJob(job.jobId), await getJob(failing.jobId)]).toMatchObject([
    { status: 'Cancelled' },
    { status: 'Error' },
  ]);
  expect((await getAbort(abortId)).status).toBe('Completed');
  await called('settle-server', abort.abortId);
  expect(await invoke('find-stop-proof', payload)).toBeNull();
});

test('FindStopProof names the server that came in the place of one that died by itself', async () => {
  const server = await startServer({ ...(await readyContainer(containers, 1)), drainAborts: new Set(['abort']) });
  await containers.client.send(new StopTaskCommand({ cluster: 'lastcall', task: server.containerArn }));
  await untilStatus(containers, 'STOPPED', server.containerArn);
  const next = await startServer();
  await invoke('find-stop-proof', { serverId: server.serverId });
  expect(await getServer(server.serverId)).toMatchObject({ status: 'Stopped', replacedBy: next.serverId });
});

test('SettleServer settles a stopped server once, and never one that may still run', async () => {
  const { abort, job, server } = await draining();
  const { serverId } = server;
  const other = await bystander(server);
  const failing = await bystander(server, false);
  const { abortId } = await taskAbort(server);
  await expect(invoke('settle-server', { serverId })).rejects.toThrow(/can be settled only when its stop is proven/);
  await moveServer(serverId, 'proveStopped', { stoppedAt: now(), exitCode: 0, abortId: abort.abortId });
  await invoke('settle-server', { serverId });
  expect(await recordedStatuses(other, 'b')).toEqual(['Ready']);
  expect(await recordedStatuses(failing, 'b')).toEqual(['Error']);
  expect(await getTask(job, 't1')).toMatchObject({ status: 'Cancelled', abortId: abort.abortId });
  expect((await getAbort(abortId)).status).toBe('Completed');
  const settled = await getServer(serverId);
  await invoke('settle-server', { serverId });
  expect(await getServer(serverId)).toEqual(settled);
});

test('CompleteAbort ends the abort with its outcomes, but only if all its servers are settled', async () => {
  const { abort, server } = await draining();
  const { abortId } = abort;
  await expect(invoke('complete-abort', { abortId })).rejects.toThrow(/is not at its end/);
  await moveServer(server.serverId, 'proveStopped', { stoppedAt: now(), settledAt: now() });
  expect(await invoke('complete-abort', { abortId })).toEqual({ status: 'Completed' });
  expect(await getAbort(abortId)).toMatchObject({
    status: 'Completed',
    endedAt: expect.any(String),
    tasks: [{ taskId: 't1', outcome: 'NotStopped' }],
  });
  expect(await invoke('complete-abort', { abortId })).toEqual({ status: 'Completed' });
});

test('FailAbort records the step and the reason, and draining servers go back to work', async () => {
  const { abort, server } = await draining();
  const failure = { step: 'StopServer', reason: 'ECS: AccessDenied' };
  await invoke('fail-abort', { abortId: abort.abortId, ...failure });
  expect(await getAbort(abort.abortId)).toMatchObject({ status: 'Failed', failure });
  expect((await getServer(server.serverId)).status).toBe('Active');
  await invoke('fail-abort', { abortId: 'unknown', ...failure });
});

test.each([
  'cancel-tasks',
  'write-tasks',
  'requeue-tasks',
  'drain-server',
  'stop-server',
  'find-stop-proof',
  'settle-server',
  'complete-abort',
  'fail-abort',
])('%s refuses an input that is not its state’s', async (name) => {
  await expect(invoke(name, { job: 'j' })).rejects.toMatchObject({ name: 'ZodError' });
});

test.each([
  ['cancel-tasks', { jobId: 'unknown' }],
  ['drain-server', { abortId: 'a', serverId: 'unknown', token: 't' }],
  ['find-stop-proof', { serverId: 'unknown' }],
  ['settle-server', { serverId: 'unknown' }],
])('%s fails as NotFound, for the workflow to catch, when there is no such record', async (name, input) => {
  await expect(invoke(name, input)).rejects.toMatchObject({ name: 'NotFound' });
});

test('RequeueTasks tells the server that has just claimed a task of a job that is cancelled meanwhile', async () => {
  const [job, server] = [await submit([{ taskId: 'a' }]), await startServer()];
  await finishTask(await start(job, 'a', server), '1', now());
  await moveJob(job.jobId, 'finish');
  const requeued = await acceptRequeue(await getJob(job.jobId), 'All', { by: 'alice', at: now() });
  const ending = functions.wire.hold(endOfRequeue(job.jobId));
  const passed = invoke('requeue-tasks', { jobId: job.jobId });
  await ending.reached;
  await functions.aside(async () => {
    await start(requeued, 'a', server);
    await acceptCancel(job.jobId, { by: 'alice', at: now() });
  });
  ending.release();
  expect(await passed).toEqual({ jobId: job.jobId, done: true });
  expect((await getServer(server.serverId)).cancelOrders).toEqual(new Set([`${job.jobId}#2`]));
});

test('RequeueTasks wakes a sleeping fleet', async () => {
  const job = await submit([{ taskId: 'a' }]);
  await finishTask(await start(job, 'a', await startServer()), '1', now());
  await moveJob(job.jobId, 'finish');
  await acceptRequeue(await getJob(job.jobId), 'All', { by: 'alice', at: now() });
  await letFleetSleep(functions);
  await invoke('requeue-tasks', { jobId: job.jobId });
  expect(await desiredServers(functions.containers)).toBe(1);
});

testTouches(functions, [
  'cancel-tasks',
  'write-tasks',
  'requeue-tasks',
  'drain-server',
  'stop-server',
  'find-stop-proof',
  'settle-server',
  'complete-abort',
  'fail-abort',
]);
