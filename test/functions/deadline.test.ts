/** Nothing is sent after the reply: every function that writes, on tables that take no write. */
import { expect, test } from '@jest/globals';
import { planAbort } from '#engine/aborts/plan-abort';
import { acceptCancel } from '#engine/jobs/cancel-job';
import { completeJob } from '#engine/jobs/complete-job';
import { acceptRequeue } from '#engine/jobs/requeue-job';
import { finishTask } from '#engine/tasks/finish-task';
import { CATALOG } from '#functions/catalog/catalog';
import { loadFunctions } from '#local/aws/lambda/lambda';
import { functionsOf } from '#local/catalog';
import { getJob, moveJob } from '#store/jobs';
import { addRunTimes } from '#store/run-times';
import { getTask } from '#store/tasks';
import { cancelling, draining, taskAbort } from '#test/support/functions/aborting';
import { startFunctions } from '#test/support/functions/functions';
import { admin, httpEvent, replyOf } from '#test/support/functions/http';
import { isTaskWrite } from '#test/support/store/task-writes';
import { AUTHOR, start, startServer, submit, tasksLike } from '#test/support/store/trial';
import type { Call } from '#test/support/store/wire';

const { wire, invoke } = await startFunctions();
/** The functions with this time-out. The last 3 s of a call are for its reply. */
const within = (timeoutSeconds: number) =>
  loadFunctions(functionsOf(CATALOG.map((entry) => ({ ...entry, timeoutSeconds }))));
const hurried = await within(5);
const patient = await within(11);

const isWrite = ({ operation }: Call) => !/^(Get|BatchGet|Query|Scan)/.test(operation);
const WRITES = /:(PutItem|UpdateItem|DeleteItem|PartiQL(Insert|Update))$/;
const WRITERS = CATALOG.filter(({ touches }) => touches.some((touch) => WRITES.test(touch)));

/** A request for each route that writes. */
async function requests(): Promise<Record<string, { target: string; body?: unknown }>> {
  const [open, held, ended] = [await submit(), await submit([{}], { hold: true }), await submit()];
  await moveJob(ended.jobId, 'finish');
  const aborted = await cancelling(await startServer());
  const { planId } = await planAbort(aborted.jobId);
  const { abort } = await draining();
  const job = (jobId: string, verb: string) => `POST /jobs/${jobId}/${verb}`;
  const tasks = [{ handler: 'echo' }];
  return {
    'submit-job': { target: 'POST /jobs', body: { name: 'late', batchGroup: 'late', tasks } },
    'add-tasks': { target: job(held.jobId, 'tasks'), body: { tasks } },
    'cancel-job': { target: job(open.jobId, 'cancel') },
    'hold-job': { target: job(open.jobId, 'hold') },
    'release-job': { target: job(held.jobId, 'release') },
    'requeue-job': { target: job(ended.jobId, 'requeue') },
    'set-priority': { target: `PUT /jobs/${open.jobId}/priority`, body: { priority: 'High' } },
    'plan-abort': { target: `GET /jobs/${aborted.jobId}/abort-plan` },
    'abort-job': { target: job(aborted.jobId, 'abort'), body: { planId, reason: 'late' } },
    'withdraw-abort': { target: `POST /aborts/${abort.abortId}/withdraw` },
    'set-group': { target: 'PUT /groups/late', body: { defaultPriority: 'High' } },
    'set-feature': { target: 'PUT /features/EnhancedBatchAbort', body: { enabled: true } },
  };
}

/** The input of each step, schedule and event. */
async function inputs(): Promise<Record<string, unknown>> {
  const [cancelled, requeued] = [await submit(), await submit()];
  await acceptCancel(cancelled.jobId, AUTHOR);
  await moveJob(requeued.jobId, 'finish');
  await acceptRequeue(await getJob(requeued.jobId), 'All', AUTHOR);
  const stopped = await startServer({ status: 'Stopped' });
  const { serverId } = await startServer();
  const { abort, server } = await draining();
  const { abortId } = await taskAbort(await startServer());
  const drain = { abortId: abort.abortId, serverId: server.serverId, token: 'a token' };
  const taskArn = `arn:aws:ecs:us-east-1:000000000000:task/lastcall/${serverId}`;
  return {
    'cancel-tasks': { jobId: cancelled.jobId },
    'write-tasks': { jobId: cancelled.jobId },
    'requeue-tasks': { jobId: requeued.jobId },
    'drain-server': drain,
    'stop-server': { ...drain, timedOut: false },
    'find-stop-proof': { serverId },
    'settle-server': { serverId: stopped.serverId },
    'complete-abort': { abortId },
    'fail-abort': { abortId, step: 'DrainServer', reason: 'late' },
    reap: {},
    'prove-stop': { time: new Date().toISOString(), detail: { taskArn, lastStatus: 'STOPPED' } },
  };
}

test('On tables that take no write, each route replies 503 with Retry-After, and nothing is sent after a reply', async () => {
  const [routes, others] = [await requests(), await inputs()];
  expect(Object.keys({ ...routes, ...others })).toEqual(expect.arrayContaining(WRITERS.map(({ name }) => name)));
  const stop = wire.refuse(isWrite, 'ThrottlingException');
  const calls = Object.values(routes).map(async ({ target, ...call }) => {
    const { name, event } = httpEvent(target, { as: admin, ...call });
    return { name, ...replyOf(await hurried.invoke(name, event)) };
  });
  const steps = Object.entries(others).map(([name, input]) => hurried.invoke(name, input).catch(() => undefined));
  for (const reply of await Promise.all(calls))
    expect(reply).toMatchObject({ status: 503, headers: { 'retry-after': '5' }, body: { code: 'Unavailable' } });
  await Promise.all(steps);
  const late: Call[] = [];
  wire.onCall((call) => void (call.body.includes('a control') || late.push(call)));
  // It is sent again as often, and waits as long, as any request that was left behind would be.
  await expect(addRunTimes('a control', {})).rejects.toMatchObject({ name: 'Throttled' });
  expect(late).toEqual([]);
  stop();
});

test('A write of new tasks that arrives when they have ended leaves them as they are', async () => {
  const job = await submit([{ taskId: 'first' }], { hold: true });
  const { name, event } = httpEvent(`POST /jobs/${job.jobId}/tasks`, {
    as: admin,
    body: { tasks: tasksLike(3).map((task) => ({ handler: 'echo', ...task })) },
  });
  const late = wire.hold(isTaskWrite);
  const reply = replyOf(await patient.invoke(name, event));
  expect([202, 503]).toContain(reply.status);
  await late.reached;
  // The caller sends it again, or the workflow writes what was kept.
  if (reply.status === 202) await invoke('write-tasks', { jobId: job.jobId });
  else expect(replyOf(await patient.invoke(name, event))).toMatchObject({ status: 201 });
  await moveJob(job.jobId, 'release', { dispatch: await getJob(job.jobId) });
  const server = await startServer();
  const now = await getJob(job.jobId);
  for (const taskId of ['first', 't1', 't2', 't3'])
    await finishTask(await start(now, taskId, server), '1', new Date().toISOString());
  expect((await completeJob(job.jobId, now))?.status).toBe('Finished');
  const arrived = wire.carriedOut(isTaskWrite);
  late.release();
  await arrived;
  for (const taskId of ['t1', 't2', 't3'])
    expect(await getTask(now, taskId)).toMatchObject({ status: 'Finished', attempt: 1 });
});
