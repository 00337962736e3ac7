import { afterEach, expect, jest, test } from '@jest/globals';
import { ulid } from 'ulid';
import type { Job } from '#domain/jobs/job';
import { MAX_TASKS_PASSED_INLINE } from '#domain/limits';
import type { Task } from '#domain/tasks/task';
import { afterAttempt } from '#engine/after-end';
import { acceptCancel, cancelJob } from '#engine/jobs/cancel-job';
import { cancelRunning, cancelTasks } from '#engine/jobs/cancel-tasks';
import { acceptRequeue } from '#engine/jobs/requeue-job';
import { requeueTasks } from '#engine/jobs/requeue-tasks';
import { claimTask, readForStart } from '#engine/tasks/claim-task';
import { finishTask } from '#engine/tasks/finish-task';
import { dropClaim, undoClaim } from '#engine/tasks/undo-claim';
import { listEvents } from '#store/events';
import { readForPlan } from '#store/fleet/read-for-plan';
import { createJob, findJob, getJob } from '#store/jobs';
import { recordedCounts, taskCountsOf } from '#store/reads/counting';
import { heldOfJob } from '#store/reads/holdings';
import { openTaskKeys } from '#store/reads/task-pages';
import { findServer, moveServer } from '#store/servers';
import { findTasks } from '#store/tasks';
import { startStore } from '#test/support/store/engine';
import { recordedStatuses, start, startServer, submit, tasksLike } from '#test/support/store/trial';
import { batchOf, queryOf, updateOf } from '#test/support/store/wire';

const wire = await startStore();

const NO_DEADLINE = Number.POSITIVE_INFINITY;
const requestedAt = new Date().toISOString();
const server = await startServer();

afterEach(() => void jest.restoreAllMocks());

function cancel({ jobId }: Job, reason?: string): Promise<Job> {
  return acceptCancel(jobId, { by: 'bob', at: requestedAt, reason });
}

test('One write of the job accepts a cancel, whatever the number of its tasks', async () => {
  const job = await submit(tasksLike(300));
  const calls: string[] = [];
  const stopListening = wire.onCall(({ operation }) => calls.push(operation));
  const cancelling = await cancel(job, 'wrong month');
  stopListening();
  expect(cancelling).toMatchObject({
    status: 'Cancelling',
    cancel: { requestedBy: 'bob', requestedAt, reason: 'wrong month' },
  });
  expect(calls).toEqual(['UpdateItem']);
  expect(await getJob(job.jobId)).toEqual(cancelling);
});

test('Right after the acceptance no task counts as Ready, Waiting or Executing', async () => {
  const job = await submit([...tasksLike(5), { taskId: 'w', dependsOn: [{ taskId: 't1', expected: 'Finished' }] }]);
  await start(job, 't1', server);
  const finished = await start(job, 't2', server);
  await finishTask(finished, undefined, requestedAt);
  const { taskCounts: counts } = await taskCountsOf(await cancel(job));
  expect(counts).toMatchObject({ Waiting: 0, Ready: 0, Executing: 0, Cancelling: 1, Finished: 1, NotRun: 4 });
});

test.each(['Withhold', 'Waiting', 'Executing'] as const)('A job in %s can be cancelled', async (status) => {
  const job = { ...(await submit()), jobId: ulid(), status };
  await createJob(job);
  expect(await cancel(job)).toMatchObject({ status: 'Cancelling' });
});

test.each(['Cancelling', 'Finished', 'Error', 'Cancelled'] as const)(
  'The cancel of a job in %s is refused with WrongStatus',
  async (status) => {
    const job = { ...(await submit()), jobId: ulid(), status };
    await createJob(job);
    await expect(cancel(job)).rejects.toMatchObject({ code: 'WrongStatus', facts: { currentStatus: status } });
    expect(await getJob(job.jobId)).toEqual(job);
  },
);

test('The cancel of a system job is refused with SystemJob and changes nothing', async () => {
  const job = await submit([{}], { system: true });
  await expect(cancel(job)).rejects.toMatchObject({ code: 'SystemJob' });
  expect(await getJob(job.jobId)).toEqual(job);
});

test('The cancel of a job that does not exist is refused with NotFound and creates none', async () => {
  await expect(acceptCancel('none', { by: 'bob', at: requestedAt })).rejects.toMatchObject({ code: 'NotFound' });
  expect(await findJob('none')).toBeUndefined();
});

test('Of many cancels at once one is accepted', async () => {
  const job = await submit();
  const cancels = await Promise.allSettled(Array.from({ length: 8 }, (_, index) => cancel(job, `reason ${index}`)));
  expect(cancels.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const each of cancels.filter((settled) => settled.status === 'rejected'))
    expect(each.reason).toMatchObject({ code: 'WrongStatus' });
});

test('A cancel whose reply is lost is accepted', async () => {
  const job = await submit();
  const lost = wire.loseReply(updateOf('jobs', job.jobId, 'Cancelling'));
  expect(await cancel(job)).toMatchObject({ status: 'Cancelling' });
  await lost;
});

test('A large job is cancelled although Step Functions is away: the reaper starts the pass', async () => {
  process.env.AWS_ENDPOINT_URL_SFN = 'http://127.0.0.1:1';
  const job = { ...(await submit()), jobId: ulid(), taskTotal: MAX_TASKS_PASSED_INLINE + 1 };
  await createJob(job);
  expect(await cancelJob(job, { by: 'bob', at: requestedAt })).toMatchObject({ status: 'Cancelling' });
  expect(await getJob(job.jobId)).not.toHaveProperty('cancelPassedAt');
});

test('The pass over a job without a started task ends it at once', async () => {
  const job = await submit([...tasksLike(5), { taskId: 'w', dependsOn: [{ taskId: 't1', expected: 'Finished' }] }]);
  expect(await cancelTasks(await cancel(job), NO_DEADLINE)).toBe(true);
  expect(await getJob(job.jobId)).toMatchObject({ status: 'Cancelled', taskCounts: { NotRun: 6 } });
  for (const task of await findTasks(job, ['t1', 'w']))
    expect(task).toMatchObject({ status: 'NotRun', endedAt: expect.any(String) });
});

test('The pass marks started tasks, notifies their server, drops the rest, and leaves ended tasks alone', async () => {
  const job = await submit(tasksLike(4));
  const [started, ended] = [await start(job, 't1', server), await start(job, 't2', server)];
  await finishTask(ended, undefined, requestedAt);
  expect(await cancelTasks(await cancel(job), NO_DEADLINE)).toBe(true);
  expect(await recordedStatuses(job, 't1', 't2', 't3', 't4')).toEqual(['Cancelling', 'Finished', 'NotRun', 'NotRun']);
  expect((await findServer(server.serverId))?.cancelOrders).toContain(`${job.jobId}#1`);
  const marked = await getJob(job.jobId);
  expect(marked).toMatchObject({ status: 'Cancelling', cancelPassedAt: expect.any(String) });
  expect(marked.cancelServers).toEqual([server.serverId]);
  await finishTask(started, undefined, requestedAt);
  await afterAttempt({ job: marked, task: started });
  expect(await getJob(job.jobId)).toMatchObject({ status: 'Cancelled', taskCounts: { Finished: 2, NotRun: 2 } });
});

test('A repeated pass does no harm and leaves one event', async () => {
  const job = await submit(tasksLike(3));
  await start(job, 't1', server);
  const cancelling = await cancel(job);
  await Promise.all([cancelTasks(cancelling, NO_DEADLINE), cancelTasks(cancelling, NO_DEADLINE)]);
  expect(await cancelTasks(cancelling, NO_DEADLINE)).toBe(true);
  expect(await recordedStatuses(job, 't1', 't2', 't3')).toEqual(['Cancelling', 'NotRun', 'NotRun']);
  const { events } = await listEvents(await getJob(job.jobId), { limit: 10 });
  expect(events.filter(({ type }) => type === 'JobCancelling')).toHaveLength(1);
});

test('A pass after its deadline does nothing and returns false', async () => {
  const job = await submit(tasksLike(2));
  expect(await cancelTasks(await cancel(job), Date.now() - 1)).toBe(false);
  expect(await recordedStatuses(job, 't1', 't2')).toEqual(['Ready', 'Ready']);
});

test('A pass that stops after each page ends if it is called again and again', async () => {
  const job = await submit(tasksLike(2_600));
  const started = await start(job, 't2000', server);
  const cancelling = await cancel(job);
  const clock = { offsetMs: 0, drops: 0 };
  const realNow = Date.now;
  jest.spyOn(Date, 'now').mockImplementation(() => realNow() + clock.offsetMs);
  // The deadline of each call comes amid the first page that has something to do.
  const stopListening = wire.onCall((call) => {
    if (batchOf('tasks', 'NotRun')(call)) clock.drops += 1;
    if (clock.drops === 4) clock.offsetMs += 60_000;
  });
  let runs = 1;
  for (; !(await cancelTasks(cancelling, Date.now() + 30_000)); runs += 1) clock.drops = 0;
  stopListening();
  // Two pages for each shard of a thousand tasks, and the shards side by side.
  expect(runs).toBeGreaterThanOrEqual(2);
  expect(await recordedCounts(cancelling)).toMatchObject({ Cancelling: 1, NotRun: 2_599 });
  await finishTask(started, undefined, requestedAt);
  await afterAttempt({ job: cancelling, task: started });
  expect(await getJob(job.jobId)).toMatchObject({ status: 'Cancelled' });
}, 120_000);

test('A task that is claimed while the pass drops it is marked instead', async () => {
  const job = await submit([{ taskId: 'a' }]);
  const cancelling = await cancel(job);
  const dropping = wire.hold(batchOf('tasks', `${job.jobId}#0`, 'NotRun'));
  const passed = cancelTasks(cancelling, NO_DEADLINE);
  await dropping.reached;
  const claimed = await claim(job, 'a', server.serverId);
  dropping.release();
  expect(await passed).toBe(true);
  expect(await recordedStatuses(job, 'a')).toEqual(['Cancelling']);
  expect(claimed).toBeDefined();
});

test('A task that is given back between the two writes of the pass is dropped', async () => {
  const job = await submit([{ taskId: 'a' }]);
  const claimed = await start(job, 'a', server);
  const cancelling = await cancel(job);
  const marking = wire.hold(updateOf('tasks', `${job.jobId}#0`, 'Cancelling'));
  const passed = cancelTasks(cancelling, NO_DEADLINE);
  await marking.reached;
  await undoClaim(claimed);
  marking.release();
  expect(await passed).toBe(true);
  expect(await recordedStatuses(job, 'a')).toEqual(['NotRun']);
  expect(await getJob(job.jobId)).toMatchObject({ status: 'Cancelled' });
});

test('Tasks on live servers are marked and their servers notified before the pass reaches them', async () => {
  const job = await submit(tasksLike(3));
  const draining = await startServer();
  await moveServer(draining.serverId, 'drain');
  await start(job, 't1', server);
  await start(job, 't3', draining);
  await cancel(job);
  await cancelRunning(await getJob(job.jobId));
  expect(await recordedStatuses(job, 't1', 't2', 't3')).toEqual(['Cancelling', 'Ready', 'Cancelling']);
  for (const { serverId } of [server, draining])
    expect((await findServer(serverId))?.cancelOrders).toContain(`${job.jobId}#1`);
});

async function claim(job: Job, taskId: string, serverId: string): Promise<Task | undefined> {
  const [task] = await findTasks(job, [taskId]);
  return task && claimTask(task, { serverId, now: new Date().toISOString() });
}

/** Claims like a server: writes the task, then reads the job. Drops a task that may not start, else returns it. */
async function claimAsServer(job: Job, taskId: string, serverId: string): Promise<Task | undefined> {
  const task = await claim(job, taskId, serverId);
  if (!task) return undefined;
  const { jobs } = await readForStart(serverId, [task]);
  const status = jobs.get(job.jobId)?.status;
  if (status === 'Waiting' || status === 'Executing') return task;
  await dropClaim(task, new Date().toISOString());
  await afterAttempt({ job, task });
  return undefined;
}

test('A cancel against claims of many servers marks what has started, lets nothing start after it, and ends the job', async () => {
  const job = await submit(tasksLike(120));
  const servers = await Promise.all(Array.from({ length: 6 }, () => startServer({ slots: 100 })));
  const started: Task[] = [];
  const startedLate: string[] = [];
  let accepted = false;
  const claimers = servers.map(async ({ serverId }, number) => {
    for (let index = 0; index < 120; index += 1) {
      const taskId = `t${((index * 7 + number * 20) % 120) + 1}`;
      const beganLate = accepted;
      const task = await claimAsServer(job, taskId, serverId);
      if (!task) continue;
      started.push(task);
      if (beganLate) startedLate.push(taskId);
    }
  });
  const enough = new Promise<void>((resolve) => {
    const stopListening = wire.onCall(() => {
      if (started.length < 25) return;
      stopListening();
      resolve();
    });
  });
  await enough;
  const cancelling = await cancel(job);
  accepted = true;
  await Promise.all([...claimers, cancelTasks(cancelling, NO_DEADLINE)]);

  expect(startedLate).toEqual([]);
  expect(started.length).toBeLessThan(120);
  const { keys } = await openTaskKeys(`${job.jobId}#0`, { limit: 1_000 });
  expect(keys.map(({ taskId }) => taskId).sort()).toEqual(started.map(({ taskId }) => taskId).sort());
  expect(await recordedCounts(cancelling)).toMatchObject({
    Ready: 0,
    Executing: 0,
    Cancelling: started.length,
    NotRun: 120 - started.length,
  });
  await Promise.all(
    started.map(async (task) => {
      await finishTask(task, undefined, new Date().toISOString());
      await afterAttempt({ job: cancelling, task });
    }),
  );
  expect(await getJob(job.jobId)).toMatchObject({ status: 'Cancelled', taskCounts: { Finished: started.length } });
});

test('After the pass a plan asks the servers that held tasks of the job, and before it all live ones', async () => {
  const [busy, idle] = [await startServer(), await startServer()];
  const job = await submit(tasksLike(2));
  await start(job, 't1', busy);
  const cancelling = await cancel(job);
  const asked = async (of: Job) => {
    const ids = new Set<string>();
    const stop = wire.onCall((call) => {
      for (const { serverId } of [busy, idle]) if (queryOf('byServer', serverId)(call)) ids.add(serverId);
    });
    expect([...(await readForPlan(of, { mode: 'task' })).held.keys()]).toEqual([busy.serverId]);
    stop();
    return [...ids].sort();
  };
  expect(await asked(cancelling)).toEqual([busy.serverId, idle.serverId].sort());
  await cancelTasks(cancelling, NO_DEADLINE);
  const passed = await getJob(job.jobId);
  expect(await asked(passed)).toEqual([busy.serverId]);
  // A function of an older version requeues the job, and does not know the servers of the last run.
  const later = { ...cancelling, cancelServers: [idle.serverId] };
  expect(await asked(later)).toEqual([busy.serverId, idle.serverId].sort());
  expect([...(await heldOfJob(later)).keys()]).toEqual([busy.serverId]);
});

test('A pass that another pass and a requeue overtake changes nothing in the new run', async () => {
  const job = await submit([{ taskId: 'a' }, { taskId: 'b' }]);
  const cancelling = await cancel(job);
  const late = wire.hold(batchOf('tasks', 'a', 'b', 'NotRun'));
  const passed = cancelTasks(cancelling, NO_DEADLINE);
  await late.reached;
  await cancelTasks(cancelling, NO_DEADLINE);
  const again = await acceptRequeue(await getJob(job.jobId), 'All', { by: 'bob', at: requestedAt });
  await requeueTasks(again, NO_DEADLINE);
  const running = await start(again, 'b', server);
  const cancelledAgain = wire.hold(updateOf('jobs', job.jobId, 'cancelPassedAt'));
  late.release();
  await cancelledAgain.reached;
  expect(await recordedStatuses(again, 'a', 'b')).toEqual(['Ready', 'Executing']);
  await cancel(again);
  cancelledAgain.release();
  await passed;
  expect(await getJob(job.jobId)).not.toHaveProperty('cancelPassedAt');
  expect(await finishTask(running, undefined, requestedAt)).toBe(true);
});

test('Late writes of a cancel leave the next run of the job alone', async () => {
  const job = await submit([{ taskId: 'a' }]);
  const cancelled = await cancel(job);
  await cancelTasks(cancelled, NO_DEADLINE);
  const requeued = await acceptRequeue(await getJob(job.jobId), 'All', { by: 'bob', at: requestedAt });
  await requeueTasks(requeued, NO_DEADLINE);
  const other = await startServer();
  await start(job, 'a', other);
  await cancelRunning(cancelled);
  expect(await recordedStatuses(job, 'a')).toEqual(['Executing']);
  expect((await findServer(other.serverId))?.cancelOrders).toBeUndefined();
});
