/** What takes servers back from an abort: a withdrawal while they drain, or a failure before ECS accepts their stop. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { z } from 'zod';
import type { Abort } from '#domain/aborts/abort';
import { harmsOf } from '#domain/aborts/plan';
import { timelineOf } from '#domain/aborts/timeline';
import { MAX_ERROR_CHARACTERS } from '#domain/limits';
import type { Server } from '#domain/servers/server';
import { completeAbort } from '#engine/aborts/complete-abort';
import { failAbort } from '#engine/aborts/fail-abort';
import { planNow } from '#engine/aborts/plan-abort';
import { requestAbort } from '#engine/aborts/request-abort';
import { withdrawAbort } from '#engine/aborts/withdraw-abort';
import { acceptCancel } from '#engine/jobs/cancel-job';
import { cancelTasks } from '#engine/jobs/cancel-tasks';
import { reapDrain } from '#engine/reaper/reap-aborts';
import { requestStop } from '#engine/servers/request-stop';
import { getAbort } from '#store/aborts';
import { listEvents } from '#store/events';
import { changeFeature } from '#store/features';
import { getJob } from '#store/jobs';
import { readRestarts } from '#store/reads/abort-progress';
import { getServer } from '#store/servers';
import { startFunctions } from '#test/support/functions/functions';
import { noteOnServer, start, startServer, submit } from '#test/support/store/trial';
import { updateOf } from '#test/support/store/wire';

const { invoke, wire } = await startFunctions();
const failAbortStep = (input: object) => invoke('fail-abort', input);
const stopServer = (input: object) => invoke('stop-server', input);
let ecsAnswer: { status: number; body: object } = { status: 200, body: {} };
const ecs = createServer((_request, response) => {
  response.writeHead(ecsAnswer.status, { 'content-type': 'application/x-amz-json-1.1' });
  response.end(JSON.stringify(ecsAnswer.body));
});
ecs.listen(0, '127.0.0.1');
await once(ecs, 'listening');
const { port } = z.object({ port: z.number() }).parse(ecs.address());
process.env.AWS_ENDPOINT_URL_ECS = `http://127.0.0.1:${port}`;
afterAll(() => {
  ecs.closeAllConnections();
  ecs.close();
});

const FAILURE = { step: 'StopServer', reason: 'ECS is away.' };
await changeFeature('EnhancedBatchAbort', { set: { enabled: true } });
beforeEach(() => {
  ecsAnswer = { status: 200, body: {} };
});

/** A server that drains for an abort. */
async function draining(): Promise<{ abort: Abort; server: Server; abortId: string; serverId: string }> {
  const { serverId } = await startServer();
  const job = await submit([{ taskId: 'a' }]);
  await start(job, 'a', { serverId });
  const cancel = { by: 'alice', at: new Date().toISOString() };
  await cancelTasks(await acceptCancel(job.jobId, cancel), Number.POSITIVE_INFINITY);
  const server = await getServer(serverId);
  const planned = await planNow(await getJob(job.jobId));
  const request = {
    by: 'alice',
    from: '127.0.0.1',
    reason: 'it does not end',
    planId: 'confirmed',
    confirmed: harmsOf(planned.plan),
  };
  const abort = await requestAbort(planned, request);
  if (!abort) throw new Error('Another abort was first.');
  return { abort, server, abortId: abort.abortId, serverId };
}

const withdraw = (abortId: string) =>
  withdrawAbort(abortId, { by: 'bob', from: '127.0.0.1', at: new Date().toISOString() });
const stopOf = (abortId: string) => ({
  abortId,
  token: 'token',
  now: new Date().toISOString(),
  deadlineReached: false,
});

test('A withdrawal sends the server back to work as it was, and the abort ends as Withdrawn with its author', async () => {
  const { abortId, server, serverId } = await draining();
  const abort = await withdraw(abortId);
  expect(abort).toMatchObject({ status: 'Withdrawn', withdraw: { by: 'bob' }, tasks: [{ outcome: 'NotStopped' }] });
  expect(await getServer(serverId)).toEqual(server);
  const types = timelineOf(abort, { restarts: await readRestarts(abort), tasks: [] }).map(({ type }) => type);
  expect(types).toEqual(['Requested', 'Draining', 'WithdrawRequested', 'Resumed', 'Withdrawn']);
});

test('A withdrawal after the stop was requested is refused each time, and leaves no trace', async () => {
  const { abort, abortId, serverId } = await draining();
  await requestStop(serverId, stopOf(abortId));
  for (let time = 0; time < 2; time += 1) {
    await expect(withdraw(abortId)).rejects.toMatchObject({
      code: 'WrongStatus',
      facts: { currentStatus: 'Restarting' },
    });
  }
  expect(await getAbort(abortId)).toEqual(abort);
  const { events } = await listEvents(await getJob(abort.jobId), { limit: 100 });
  expect(events.map(({ type }) => type)).not.toContain('AbortWithdrawRequested');
  expect(await getServer(serverId)).toMatchObject({ status: 'Stopping', abortId });
});

test('Two withdrawals at once both return the withdrawn abort', async () => {
  const { abortId, serverId } = await draining();
  const answers = await Promise.all([withdraw(abortId), withdraw(abortId)]);
  expect(answers.map(({ status }) => status)).toEqual(['Withdrawn', 'Withdrawn']);
  expect(await withdraw(abortId)).toMatchObject({ status: 'Withdrawn' });
  expect((await getServer(serverId)).status).toBe('Active');
});

test('A stop that ECS refuses for good fails the abort with step and reason, and the server goes back to work', async () => {
  const { abortId, server, serverId } = await draining();
  ecsAnswer = { status: 400, body: { __type: 'AccessDeniedException', message: 'not for you' } };
  const call = { abortId, serverId, token: 'token', timedOut: false };
  await expect(stopServer(call)).rejects.toMatchObject({ name: 'AccessDeniedException' });
  expect((await getServer(serverId)).status).toBe('Stopping');
  await failAbortStep({ abortId, ...FAILURE });
  expect(await getServer(serverId)).toEqual(server);
  expect(await getAbort(abortId)).toMatchObject({
    status: 'Failed',
    failure: FAILURE,
    tasks: [{ outcome: 'NotStopped' }],
  });
});

test.each([
  [
    'AccessDeniedException: {"errorType":"AccessDeniedException","errorMessage":"not for you","trace":["at a","at b"]}',
    'AccessDeniedException: not for you',
  ],
  ['States.Timeout: the time is over', 'States.Timeout: the time is over'],
  ['States.Runtime: {"no":"message"}', 'States.Runtime: {"no":"message"}'],
])('The reason %s of a failure is recorded in readable form', async (reason, expected) => {
  const { abortId } = await draining();
  await failAbortStep({ abortId, step: 'StopServer', reason });
  expect(await getAbort(abortId)).toMatchObject({ failure: { step: 'StopServer', reason: expected } });
});

test('The reason of a failure is recorded even if it is cut amid a character', async () => {
  const { abortId } = await draining();
  await failAbortStep({ abortId, step: 'StopServer', reason: `${'x'.repeat(MAX_ERROR_CHARACTERS - 1)}\u{1F525}` });
  const reason = `${'x'.repeat(MAX_ERROR_CHARACTERS - 1)}\uFFFD`;
  expect(await getAbort(abortId)).toMatchObject({ status: 'Failed', failure: { reason } });
});

test('A failure does not recall a server whose stop ECS has accepted: it will stop', async () => {
  const { abortId, serverId } = await draining();
  await noteOnServer(serverId, { drainDeadline: new Date().toISOString() });
  await stopServer({ abortId, serverId, token: 'token', timedOut: true });
  await failAbortStep({ abortId, ...FAILURE });
  expect(await getServer(serverId)).toMatchObject({ status: 'Stopping', abortId, deadlineReached: true });
  expect(await getAbort(abortId)).toMatchObject({ status: 'Failed', failure: FAILURE });
});

test('An abort that ends while its failure resumes the servers ends as Failed, not as Withdrawn', async () => {
  const { abortId, serverId } = await draining();
  const resuming = wire.hold(updateOf('servers', serverId, 'Active'));
  const failing = failAbort(abortId, FAILURE);
  await resuming.reached;
  expect(await completeAbort(abortId)).toMatchObject({ status: 'Failed', failure: FAILURE });
  resuming.release();
  await failing;
  expect(await getAbort(abortId)).toMatchObject({ status: 'Failed', failure: FAILURE });
  expect((await getServer(serverId)).status).toBe('Active');
});

test('The reaper recalls a server whose stop was requested by an abort that has failed since', async () => {
  const { abortId, server, serverId } = await draining();
  await failAbort(abortId, FAILURE);
  const late = await draining();
  await requestStop(late.serverId, stopOf(late.abortId));
  const recalling = wire.hold(updateOf('servers', late.serverId, 'stopAcceptedAt', 'drainAborts'));
  const failing = failAbort(late.abortId, FAILURE);
  await recalling.reached;
  await completeAbort(late.abortId);
  await reapDrain(await getServer(late.serverId));
  expect(await getServer(late.serverId)).toEqual(late.server);
  recalling.release();
  await failing;
  expect(await getServer(serverId)).toEqual(server);
  expect(await getServer(late.serverId)).toEqual(late.server);
});

test('The reaper completes a recall of a server that was cut off', async () => {
  const { abortId, server, serverId } = await draining();
  await requestStop(serverId, stopOf(abortId));
  const recalling = wire.hold(updateOf('servers', serverId, 'stopAcceptedAt', 'Active'));
  const failing = failAbort(abortId, FAILURE);
  await recalling.reached;
  await completeAbort(abortId);
  await reapDrain(await getServer(serverId));
  expect(await getServer(serverId)).toEqual(server);
  recalling.release();
  await failing;
});
