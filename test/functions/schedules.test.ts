import { SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, expect, test } from '@jest/globals';
import { ulid } from 'ulid';
import { LONGER_PROOF_LEASES, MISSED_HEARTBEATS, MISSING_PROOF_SECONDS } from '#domain/limits';
import type { Server } from '#domain/servers/server';
import { noteWithdraw } from '#engine/aborts/abort-notes';
import { abortExecutionArn, startAbortJob } from '#engine/aws/workflows';
import { acceptCancel } from '#engine/jobs/cancel-job';
import { completeJob } from '#engine/jobs/complete-job';
import { acceptRequeue } from '#engine/jobs/requeue-job';
import { awaitDrain } from '#engine/servers/drain-server';
import { orderDrain } from '#engine/servers/order-drain';
import { proveStop } from '#engine/servers/prove-stop';
import { requestStop } from '#engine/servers/request-stop';
import { finishTask } from '#engine/tasks/finish-task';
import { findAbort, getAbort } from '#store/aborts';
import { DISPATCH_KEYS } from '#store/dispatch-keys';
import { documents, tableName } from '#store/dynamodb/client';
import { changeJob, findJob, getJob, moveJob, setOnJob } from '#store/jobs';
import { listServers } from '#store/reads/list-servers';
import { findLook, findRound, keepLook, keepRound } from '#store/reaper-rounds';
import { getServer } from '#store/servers';
import { findTasks } from '#store/tasks';
import { HEARTBEAT_SECONDS } from '#test/support/environment';
import { abortOn, bystander, cancelling, prepared, taskAbort } from '#test/support/functions/aborting';
import { diedAdding, diedSubmitting } from '#test/support/functions/adding';
import { pidOf, readyContainer } from '#test/support/functions/containers';
import { desiredServers, letFleetSleep } from '#test/support/functions/fleet';
import { startFunctions } from '#test/support/functions/functions';
import { testTouches } from '#test/support/functions/recording';
import { PROGRAMS, untilStatus } from '#test/support/local/ecs-trial';
import {
  noteOnServer,
  recordedStatuses,
  recordStop,
  start,
  startServer,
  submit,
  tasksLike,
} from '#test/support/store/trial';

const functions = await startFunctions({ containers: 2, program: PROGRAMS.deaf });
const { aside, invoke, steps, containers } = functions;

const sfn = new SFNClient({});
afterAll(() => sfn.destroy());

const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();
const silent = { heartbeatAt: ago(4 * HEARTBEAT_SECONDS) };

/** Runs the reaper as EventBridge does. */
const reap = () =>
  invoke('reap', {
    version: '0',
    id: '53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa',
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: '123456789012',
    time: ago(0),
    region: 'us-east-1',
    resources: ['arn:aws:events:us-east-1:123456789012:rule/reap'],
    detail: {},
  });

/** A server in the container of this number, without a heartbeat for too long. */
async function silentServer(index: number, options: Partial<Server> = {}): Promise<Server> {
  return startServer({ ...(await readyContainer(containers, index)), ...silent, ...options });
}

/** Looks of the reaper have seen the server silent for so long that it is lost, however many others are. */
async function sawSilent({ serverId, heartbeatAt }: Server): Promise<void> {
  const kept = await findLook();
  const since = ago(LONGER_PROOF_LEASES * MISSED_HEARTBEATS * HEARTBEAT_SECONDS);
  const silent = { ...kept.look?.silent, [serverId]: { heartbeatAt, since } };
  await keepLook({ at: ago(HEARTBEAT_SECONDS), silent }, kept);
}

/** Kills the server's container, which ignores SIGTERM. */
async function endContainer({ serverId, containerArn }: Server): Promise<void> {
  process.kill(await pidOf(containers, serverId), 'SIGKILL');
  await untilStatus(containers, 'STOPPED', containerArn);
}

test('A silent server is declared lost and stopped, and settled only after ECS says that it has stopped', async () => {
  const server = await silentServer(0);
  const other = await bystander(server);
  const { abortId } = await taskAbort(server);
  await reap();
  expect((await getServer(server.serverId)).status).toBe('Active');
  await sawSilent(server);
  await reap();
  expect(await getServer(server.serverId)).toMatchObject({ status: 'Lost', lostAt: expect.any(String) });
  expect(await recordedStatuses(other, 'b')).toEqual(['Executing']);
  await endContainer(server);
  await reap();
  expect(await getServer(server.serverId)).toMatchObject({ status: 'Stopped', settledAt: expect.any(String) });
  expect(await recordedStatuses(other, 'b')).toEqual(['Ready']);
  expect((await getAbort(abortId)).status).toBe('Completed');
});

test('A workflow that waits for the stop of a server is answered if the server falls silent', async () => {
  const server = await silentServer(0);
  const { abortId } = await abortOn(await cancelling(server), server);
  const stop = { abortId, token: 'a token of a workflow that is over', now: ago(0), deadlineReached: false };
  await requestStop(server.serverId, stop);
  await sawSilent(server);
  await reap();
  await endContainer(server);
  await reap();
  expect((await getServer(server.serverId)).status).toBe('Stopped');
});

test('A server with heartbeats stays as it is; a container that ECS does not know, minutes apart, has stopped', async () => {
  const containerArn = `arn:aws:ecs:us-east-1:000000000000:task/lastcall/${ulid()}`;
  const drainAborts = new Set(['of yesterday']);
  const [alive, gone] = [await startServer(), await startServer({ ...silent, containerArn, drainAborts })];
  await sawSilent(gone);
  await reap();
  expect((await getServer(alive.serverId)).status).toBe('Active');
  expect(await getServer(gone.serverId)).toMatchObject({ status: 'Lost', missingAt: expect.any(String) });
  await reap();
  expect((await getServer(gone.serverId)).status).toBe('Lost');
  await noteOnServer(gone.serverId, { missingAt: ago(MISSING_PROOF_SECONDS) });
  await reap();
  expect((await getServer(gone.serverId)).status).toBe('Stopped');
});

test('That ECS does not know a container counts from the beginning if it has known it in between', async () => {
  const server = await startServer({ ...(await readyContainer(containers, 1)), status: 'Lost' });
  await noteOnServer(server.serverId, { missingAt: ago(MISSING_PROOF_SECONDS) });
  await reap();
  expect(await getServer(server.serverId)).toMatchObject({ status: 'Lost' });
  expect(await getServer(server.serverId)).not.toHaveProperty('missingAt');
});

test('A server whose prover died right after the fence is settled by the reaper', async () => {
  const server = await startServer();
  const job = await bystander(server);
  expect(await proveStop(server.serverId, { stoppedAt: ago(0), containers: [] })).toMatchObject({ status: 'Stopped' });
  expect(await recordedStatuses(job, 'b')).toEqual(['Executing']);
  await reap();
  expect(await recordedStatuses(job, 'b')).toEqual(['Ready']);
  expect(await getServer(server.serverId)).toMatchObject({ settledAt: expect.any(String) });
});

test('A stopped server is settled, and again until no claim of it can land any more', async () => {
  const server = await startServer({ status: 'Stopped' });
  const first = await bystander(server);
  await reap();
  expect(await recordedStatuses(first, 'b')).toEqual(['Ready']);
  for (const seconds of [61, 301, 361]) {
    await noteOnServer(server.serverId, { settledAt: ago(seconds) });
    const late = await bystander(server, false);
    expect(await getServer(server.serverId)).not.toHaveProperty('closedAt');
    await reap();
    expect(await recordedStatuses(late, 'b', 'c')).toEqual(['Error', 'NotRun']);
  }
  expect(await getServer(server.serverId)).toMatchObject({ closedAt: expect.any(String) });
});

test('A server that drains for an abort that has ended goes back to work', async () => {
  const server = await startServer();
  const { abortId } = await abortOn(await cancelling(server), server);
  await invoke('fail-abort', { abortId, step: 'DrainServer', reason: 'test' });
  await orderDrain(server.serverId, { abortId, now: ago(0), deadline: ago(-60) });
  await reap();
  expect((await getServer(server.serverId)).status).toBe('Active');
});

test('A cancel and a requeue that a crash cut off have their workflows started', async () => {
  const cancelled = await submit(tasksLike(2));
  await acceptCancel(cancelled.jobId, { by: 'alice', at: ago(0) });
  const requeued = await submit();
  await moveJob(requeued.jobId, 'finish');
  await acceptRequeue(await getJob(requeued.jobId), 'All', { by: 'alice', at: ago(0) });
  await reap();
  const isPass = (step: string, { jobId }: { jobId: string }) =>
    steps.until(step, ({ name, payload }) => name === step && Object(payload).jobId === jobId);
  await isPass('cancel-tasks', cancelled);
  await isPass('requeue-tasks', requeued);
});

test('A job that a crash left half done is ended, unlocked or offered to the servers', async () => {
  const dependent = { taskId: 'b', dependsOn: [{ taskId: 'a', expected: 'Finished' as const }] };
  const [ended, locked, hidden] = [
    await submit([{ taskId: 'a' }]),
    await submit([{ taskId: 'a' }, dependent]),
    await submit(),
  ];
  const server = await startServer();
  for (const job of [ended, locked]) await finishTask(await start(job, 'a', server), '1', ago(0));
  await changeJob(hidden.jobId, { remove: DISPATCH_KEYS, when: [] });
  await reap();
  expect((await getJob(ended.jobId)).status).toBe('Finished');
  expect(await recordedStatuses(locked, 'b')).toEqual(['Ready']);
  expect((await getJob(hidden.jobId)).dispatchGroup).toBeDefined();
});

test('Tasks of a request that crashed while it added them are deleted', async () => {
  const job = await submit([{ taskId: 'a' }], { hold: true });
  await diedAdding(job.jobId);
  await reap();
  expect((await getJob(job.jobId)).addingUntil).toBeUndefined();
  expect(await findTasks(job, ['uncounted'])).toEqual([]);
});

test('A job whose submission crashed before it was accepted is removed with its tasks', async () => {
  const job = await diedSubmitting();
  await reap();
  expect(await findJob(job.jobId)).toBeUndefined();
  expect(await findTasks(job, ['a'])).toEqual([]);
});

test('An abort whose request crashed before it was in force is discarded, but only after a while', async () => {
  const server = await startServer();
  const job = await cancelling(server);
  const fresh = await prepared(job, server);
  const old = await prepared(job, server, { requestedAt: ago(61) });
  await reap();
  expect([await findAbort(fresh.abortId), await findAbort(old.abortId)]).toEqual([fresh, undefined]);
  expect((await getServer(server.serverId)).drainAborts).toEqual(new Set([fresh.abortId]));
});

test('A task abort whose orders were lost is ordered again, and completed when its tasks have ended', async () => {
  const server = await startServer();
  const abort = await taskAbort(server);
  await reap();
  const [task] = abort.tasks;
  expect((await getServer(server.serverId)).stopOrders).toEqual(new Set([`${task?.claimId}#${abort.abortId}`]));
  const job = await findJob(abort.jobId);
  const [held] = job ? await findTasks(job, ['t1']) : [];
  if (held) await finishTask(held, '1', ago(0));
  await reap();
  expect((await getAbort(abort.abortId)).status).toBe('Completed');
});

test('A server abort whose request crashed before its workflow started has it started', async () => {
  const server = await startServer();
  const { abortId } = await abortOn(await cancelling(server), server);
  await reap();
  await steps.until('the drain', ({ name, payload }) => name === 'drain-server' && Object(payload).abortId === abortId);
  expect((await getServer(server.serverId)).status).toBe('Draining');
});

test('A server abort whose workflow has ended fails, and its servers go back to work', async () => {
  const server = await startServer();
  const { abortId } = await abortOn(await cancelling(server), server);
  await reap();
  const executionArn = abortExecutionArn(abortId);
  await aside(() => sfn.send(new StopExecutionCommand({ executionArn })));
  await reap();
  const failure = { step: 'RestartServers', reason: 'The workflow ended as ABORTED.' };
  expect(await getAbort(abortId)).toMatchObject({ status: 'Failed', failure });
  expect((await getServer(server.serverId)).status).toBe('Active');
});

test('A withdrawal that a crash cut off is completed, and the waiting workflow ends', async () => {
  const server = await startServer();
  const { abortId } = await abortOn(await cancelling(server), server);
  await reap();
  const isIt = (name: string) => (step: { name: string; payload: unknown }) =>
    step.name === name && Object(step.payload).abortId === abortId;
  const drain = await steps.until('the drain', isIt('drain-server'));
  await awaitDrain(server.serverId, { abortId, token: Object(drain.payload).token });
  await noteWithdraw(abortId, { by: 'olga', from: '127.0.0.1', at: ago(0) });
  await reap();
  expect((await getServer(server.serverId)).status).toBe('Active');
  await steps.until('the end', isIt('complete-abort'));
});

test('An abort under way whose job has ended and runs again is not discarded, and completes', async () => {
  const server = await startServer();
  const job = await cancelling(server);
  const abort = await abortOn(job, server, { requestedAt: ago(61) });
  const { abortId } = abort;
  await startAbortJob(abort);
  const [task] = await findTasks(job, ['t1']);
  if (task) await finishTask(task, '1', ago(0));
  await completeJob(job.jobId, job);
  await acceptRequeue(await getJob(job.jobId), 'All', { by: 'alice', at: ago(0) });
  await reap();
  expect(await getAbort(abortId)).toMatchObject({ status: 'Draining' });
  expect((await getServer(server.serverId)).drainAborts).toEqual(new Set([abortId]));
  await recordStop(server.serverId, { stoppedAt: ago(0), containers: [] });
  await reap();
  expect(await getAbort(abortId)).toMatchObject({ status: 'Completed' });
});

test('A job or abort that fails to end does not keep others from their end', async () => {
  const [other, job] = [await submit([{ taskId: 'a' }]), await submit(tasksLike(1))];
  const server = await startServer();
  const { abortId } = await taskAbort(server);
  const [aborted] = (await getAbort(abortId)).tasks;
  const [held] = await findTasks(await getJob(aborted?.jobId ?? ''), [aborted?.taskId ?? '']);
  if (held) await finishTask(held, '1', ago(0));
  await finishTask(await start(other, 'a', server), '1', ago(0));
  // The newest job, which the reaper comes to first, and the newest abort.
  const broken = { shardId: `${job.jobId}#0`, taskId: 'broken', openKey: 'broken', status: 'Waiting' };
  await documents().send(new PutCommand({ TableName: tableName('tasks'), Item: broken }));
  await setOnJob(job.jobId, { hasDependencies: true }, []);
  await reap();
  expect((await getJob(other.jobId)).status).toBe('Finished');
  expect((await getAbort(abortId)).status).toBe('Completed');
  await documents().send(
    new DeleteCommand({ TableName: tableName('tasks'), Key: { shardId: broken.shardId, taskId: 'broken' } }),
  );
});

test('A round over the jobs that another run has begun is ended, and what it has seen is kept', async () => {
  const seen = { ReadyTasks: 1_000_000, OldestCancellingSeconds: 0, wakingTasks: 0 };
  await keepRound({ before: ulid(Date.now() + 60_000), seen });
  await reap();
  const round = await findRound();
  expect(round).toMatchObject({ seen: { ReadyTasks: 0 } });
  expect(round?.before).toBeUndefined();
  expect(round?.last?.ReadyTasks).toBeGreaterThanOrEqual(seen.ReadyTasks);
});

test('Tasks that wait while no server lives wake a sleeping fleet', async () => {
  for (const { serverId } of await listServers()) await noteOnServer(serverId, { status: 'Stopped', closedAt: ago(0) });
  await letFleetSleep(functions);
  await submit();
  await reap();
  expect(await desiredServers(containers)).toBeGreaterThan(0);
});

testTouches(functions, ['reap']);
