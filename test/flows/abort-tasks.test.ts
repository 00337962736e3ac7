/** An abort with the feature off: the tasks of one job are stopped where they run; all other tasks go on. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import {
  abortJob,
  cancelWhileRunning,
  expectWithin,
  readAbort,
  readPlan,
  spinOf,
  switchFeature,
  untilEnded,
} from '#test/support/flows/aborts';
import { type AnySystem, countFreeSlots, heartbeatSecondsOf, openSystem } from '#test/support/flows/any-system';
import { violationsAtEnd } from '#test/support/flows/invariants';
import {
  abortSchema,
  cancelJob,
  expectReply,
  planSchema,
  readJob,
  readServers,
  readTasks,
  submitJob,
  tasksOf,
  untilFinal,
  untilRunning,
} from '#test/support/flows/records';
import { eventually } from '#test/support/flows/system';
import { IS_LIKE_AWS } from '#test/support/flows/world';

let system: AnySystem;
let heartbeatSeconds: number;
/** Servers hear a stop order with their next beat, and obey it once more with the one after. */
let promptMs: number;
beforeAll(async () => {
  system = await openSystem();
  await switchFeature(system, false);
  heartbeatSeconds = await heartbeatSecondsOf(system);
  promptMs = heartbeatSeconds * 2_000 + 1_000;
});

/** The servers that run the job, or a task of it. */
async function serversRunning(jobId: string, taskId?: string): Promise<string[]> {
  const servers = (await readServers(system)).filter(({ running }) =>
    running.some((task) => task.jobId === jobId && (taskId === undefined || task.taskId === taskId)),
  );
  return servers.map(({ serverId }) => serverId);
}

/** Since when these servers are at work: a restart would have another one in their place. */
async function startsOf(serverIds: readonly string[]) {
  const servers = (await readServers(system)).filter(({ serverId }) => serverIds.includes(serverId));
  expect(servers).toHaveLength(serverIds.length);
  return servers.map(({ serverId, status, startedAt }) => ({ serverId, status, startedAt }));
}

test('tasks that spin are Cancelled within two heartbeats and a second; their servers live on, and other tasks run on', async () => {
  const { jobId: other } = await submitJob(system, { tasks: [{ handler: 'sleep', input: { seconds: 9 } }] });
  await untilRunning(system, other, 1);
  const { jobId } = await cancelWhileRunning(system, [spinOf('a'), spinOf('b')]);
  const before = await startsOf(await serversRunning(jobId));
  const plan = await readPlan(system, jobId);
  expect(plan).toMatchObject({ mode: 'task', disruptedJobs: [], servers: [], jobId });
  expect(plan.tasks.map((task) => task.taskId).sort()).toEqual(['a', 'b']);

  const { by } = await system.callerOf('SystemAdministrator');
  const asked = await abortJob(system, jobId);
  expect(asked).toMatchObject({ mode: 'task', jobId, requestedBy: by, reason: 'it does not end' });
  const job = await untilFinal(system, jobId, 30_000);
  const tasks = await readTasks(system, jobId);
  expect(violationsAtEnd(job, tasks)).toEqual([]);
  expect([job.status, job.abortId, job.taskCounts.Cancelled]).toEqual(['Cancelled', asked.abortId, 2]);
  expect(tasks.map((task) => task.attempts)).toMatchObject(
    tasks.map(() => [{ attempt: 1, outcome: 'Cancelled', cause: 'TaskAbort', abortId: asked.abortId }]),
  );
  for (const { attempts } of tasks) expectWithin(promptMs, asked.requestedAt, attempts[0]?.endedAt);

  expect(await startsOf(before.map(({ serverId }) => serverId))).toEqual(before);
  expect(await untilFinal(system, other, 30_000)).toMatchObject({ status: 'Finished' });
  expect((await readTasks(system, other))[0]?.attempts).toMatchObject([{ attempt: 1, outcome: 'Finished' }]);

  const abort = await untilEnded(system, asked.abortId);
  expect(abort.status).toBe('Completed');
  expect(abort.tasks.map(({ taskId, outcome }) => [taskId, outcome]).sort()).toEqual(
    ['a', 'b'].map((taskId) => [taskId, 'Cancelled']),
  );
  expect(abort.timeline.map(({ type }) => type)).toEqual(['Requested', 'TaskEnded', 'TaskEnded', 'Completed']);
});

test('slots whose tasks were stopped by force take the next tasks', async () => {
  const free = await countFreeSlots(system);
  const sleeps = tasksOf(free - 1, { handler: 'sleep', input: { seconds: 600 } });
  const { jobId } = await cancelWhileRunning(system, [...sleeps, spinOf('spins')]);
  await abortJob(system, jobId);
  await untilFinal(system, jobId, 30_000);
  const next = await submitJob(system, { tasks: tasksOf(free, { handler: 'sleep', input: { seconds: 5 } }) });
  await untilRunning(system, next.jobId, free);
  expect(await untilFinal(system, next.jobId, 30_000)).toMatchObject({ status: 'Finished' });
});

describe('a task in an unmanaged wait', () => {
  test('stays Cancelling, shows that it waits and why, and is Cancelled when it comes out', async () => {
    const { jobId } = await cancelWhileRunning(system, [
      { taskId: 'blocked', handler: 'block', input: { seconds: 8 + 2 * heartbeatSeconds } },
      { taskId: 'isolated', handler: 'block.isolated', input: { seconds: 600 } },
      spinOf('spins'),
    ]);
    const [serverId = ''] = await serversRunning(jobId, 'blocked');
    const before = await startsOf([serverId]);
    const { abortId } = await abortJob(system, jobId);

    // The others of the same job do not wait for it.
    const waiting = await eventually(async () => {
      const { tasks, status } = await readAbort(system, abortId);
      const seen = tasks.map(({ taskId, outcome, waitingFor }) => [taskId, outcome, waitingFor]).sort();
      expect([status, ...seen]).toEqual([
        'Stopping',
        ['blocked', 'Stopping', 'UnmanagedWait'],
        ['isolated', 'Cancelled', undefined],
        ['spins', 'Cancelled', undefined],
      ]);
      return true;
    });
    expect(waiting).toBe(true);
    expect(await readTasks(system, jobId)).toMatchObject([
      { taskId: 'blocked', status: 'Cancelling', waitingFor: 'UnmanagedWait' },
      { taskId: 'isolated', status: 'Cancelled' },
      { taskId: 'spins', status: 'Cancelled' },
    ]);
    // Counts follow what they count.
    await eventually(async () => (await readJob(system, jobId)).taskCounts.Cancelling === 1);

    const job = await untilFinal(system, jobId, 40_000);
    const tasks = await readTasks(system, jobId);
    expect(violationsAtEnd(job, tasks)).toEqual([]);
    expect(job).toMatchObject({ status: 'Cancelled', taskCounts: { Cancelled: 3 } });
    expect(tasks[0]).not.toHaveProperty('waitingFor');
    expect(tasks[0]?.attempts).toMatchObject([{ outcome: 'Cancelled', abortId }]);
    expect(tasks[0]).not.toHaveProperty('result');
    expect(await startsOf([serverId])).toEqual(before);
    expect(await untilEnded(system, abortId)).toMatchObject({ status: 'Completed' });
  });

  test('is stopped at once where its handler asks for a process of its own', async () => {
    const { jobId } = await cancelWhileRunning(system, [
      { taskId: 'isolated', handler: 'block.isolated', input: { seconds: 601 } },
    ]);
    const { requestedAt } = await abortJob(system, jobId);
    await untilFinal(system, jobId, 30_000);
    const [task] = await readTasks(system, jobId);
    expectWithin(promptMs, requestedAt, task?.attempts[0]?.endedAt);
  });
});

test('a second request, and ten requests at once, return the same abort while it is open', async () => {
  // Functions that start cold take their time for ten requests.
  const { jobId } = await cancelWhileRunning(system, [
    { handler: 'block', input: { seconds: IS_LIKE_AWS ? 40 : 8 } },
    { handler: 'sleep', input: { seconds: 600 } },
  ]);
  const { planId } = await readPlan(system, jobId);
  const body = { planId, reason: 'once' };
  const ask = () => expectReply(system, ['POST', `/jobs/${jobId}/abort`], { body, status: 202, schema: abortSchema });
  const aborts = await Promise.all(Array.from({ length: 10 }, ask));
  expect(new Set(aborts.map(({ abortId }) => abortId)).size).toBe(1);
  expect((await ask()).abortId).toBe(aborts[0]?.abortId);
  await untilFinal(system, jobId, 60_000);
  const list = await system.call('GET', `/aborts?jobId=${jobId}`);
  expect(list.body).toMatchObject({ items: [{ abortId: aborts[0]?.abortId }] });
  expect(abortSchema.array().parse(Object(list.body).items)).toHaveLength(1);
});

describe('an abort is refused', () => {
  test('unless the caller is a BatchJobManager: the owner of the job may not abort it either', async () => {
    const as = 'BatchUser';
    const { jobId } = await cancelWhileRunning(
      system,
      [{ handler: 'sleep', input: { seconds: 10, cooperative: false } }],
      {
        as,
      },
    );
    const { planId } = await expectReply(system, ['GET', `/jobs/${jobId}/abort-plan`], {
      as: 'BatchJobManager',
      schema: planSchema,
    });
    const body = { planId, reason: 'mine' };
    const refused = { status: 403, body: { code: 'Forbidden' } };
    expect(await system.call('GET', `/jobs/${jobId}/abort-plan`, { as })).toMatchObject(refused);
    expect(await system.call('POST', `/jobs/${jobId}/abort`, { as, body })).toMatchObject(refused);
    expect(await readJob(system, jobId)).not.toHaveProperty('abortId');
    expect(await untilFinal(system, jobId, 30_000)).toMatchObject({ status: 'Cancelled', taskCounts: { Finished: 1 } });
  });

  test('if the job is not Cancelling, and if it has ended', async () => {
    const { jobId } = await submitJob(system, {
      tasks: [{ handler: 'sleep', input: { seconds: 600, cooperative: true } }],
    });
    await untilRunning(system, jobId, 1);
    const plan = () => system.call('GET', `/jobs/${jobId}/abort-plan`);
    const wrong = (status: string) => ({
      status: 409,
      body: { code: 'WrongStatus', detail: expect.stringContaining(`status ${status} `) },
    });
    expect(await plan()).toMatchObject(wrong('Executing'));
    await cancelJob(system, jobId);
    await untilFinal(system, jobId, 30_000);
    expect(await plan()).toMatchObject(wrong('Cancelled'));
    const body = { planId: 'any', reason: 'late' };
    expect(await system.call('POST', `/jobs/${jobId}/abort`, { body })).toMatchObject(wrong('Cancelled'));
  });

  test('with the current plan, if the confirmed one is unknown; without a reason it is invalid', async () => {
    const { jobId } = await cancelWhileRunning(system, [{ handler: 'sleep', input: { seconds: 600 } }]);
    const { planId } = await readPlan(system, jobId);
    const refused = await system.call('POST', `/jobs/${jobId}/abort`, { body: { planId: 'unread', reason: 'x' } });
    expect(refused).toMatchObject({ status: 409, body: { code: 'PlanChanged', plan: { planId, mode: 'task' } } });
    const invalid = await system.call('POST', `/jobs/${jobId}/abort`, { body: { planId } });
    expect(invalid).toMatchObject({ status: 400, body: { code: 'InvalidRequest' } });
    expect(await readJob(system, jobId)).not.toHaveProperty('abortId');
    await abortJob(system, jobId);
    await untilFinal(system, jobId, 30_000);
  });
});
