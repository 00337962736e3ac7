/** The whole trip of a server abort: plan, confirm, drain, restart, settle, prove. */
import { beforeAll, beforeEach, expect, test } from '@jest/globals';
import {
  confirmPlan,
  expectWithin,
  msBetween,
  onlyTask,
  readAbort,
  readEvents,
  readPlan,
  runCancelled,
  runTask,
  type ServerAbort,
  type ServerPlan,
  switchFeature,
  untilEnded,
  untilReplaced,
} from '#test/support/flows/aborts';
import { type AnySystem, heartbeatSecondsOf, openSystem } from '#test/support/flows/any-system';
import { violationsAtEnd } from '#test/support/flows/invariants';
import { type OneServer, useOneServer } from '#test/support/flows/one-server';
import {
  cancelJob,
  readJob,
  readServers,
  readTasks,
  submitJob,
  type Task,
  tasksOf,
  untilFinal,
} from '#test/support/flows/records';

let system: AnySystem;
let heartbeatSeconds: number;
let server: OneServer;
beforeAll(async () => {
  system = await openSystem();
  await switchFeature(system, true);
  heartbeatSeconds = await heartbeatSecondsOf(system);
  server = await useOneServer(system);
});
beforeEach(() => server.untilReady());

test('a server that runs only cancelling tasks is restarted at once', async () => {
  const a = await runCancelled(system);
  const other = await runCancelled(system, { handler: 'spin', input: { seconds: 600 } });
  const plan = await readPlan(system, a.jobId);
  expect(plan).toMatchObject({ servers: [{ serverId: a.serverId, cancelling: 2 }], warnings: [] });
  expect(plan.disruptedJobs.filter(system.isOurs)).toMatchObject([
    { jobId: other.jobId, tasks: [{ status: 'Cancelling', fate: 'stops' }] },
  ]);
  const { abortId } = await confirmPlan(system, plan);
  await untilEnded(system, abortId);
  const ended = await untilReplaced(system, abortId);
  expect(ended).toMatchObject({ status: 'Completed', servers: [{ deadlineReached: false }] });
  // The server hears of the drain with its next beat.
  expectWithin(heartbeatSeconds * 1_000 + 4_000, ended.requestedAt, ended.servers[0]?.stopRequestedAt);
  for (const { jobId } of [a, other]) {
    expect(await readJob(system, jobId)).toMatchObject({ status: 'Cancelled' });
    const task = await onlyTask(system, jobId);
    expect(task).toMatchObject({
      status: 'Cancelled',
      attempts: [{ outcome: 'Cancelled', cause: 'ServerRestart', abortId }],
    });
  }
});

/** Jobs A (stuck) and B run on the one server, C on another. A is cancelled. */
async function startThree() {
  const a = await runTask(system, { handler: 'block', input: { seconds: 600 } }, { name: 'A' });
  // It lasts until the server has heard of the drain.
  const b = await runTask(system, { handler: 'sleep', input: { seconds: 8 + 4 * heartbeatSeconds } }, { name: 'B' });
  await cancelJob(system, a.jobId);
  return { a, b, c: server.elsewhere };
}

test('a server abort lets a bystander end, restarts its server alone, and proves each step', async () => {
  const { a, b, c } = await startThree();
  expect([b.serverId === a.serverId, c.serverId === a.serverId]).toEqual([true, false]);
  const before = (await readServers(system)).find(({ serverId }) => serverId === c.serverId);
  const caller = await system.callerOf('SystemAdministrator');

  const plan = await readPlan(system, a.jobId);
  expect({ ...plan, disruptedJobs: plan.disruptedJobs.filter(system.isOurs).map(withoutForecast) }).toEqual({
    planId: expect.stringMatching(/^[0-9a-f]{32}$/),
    jobId: a.jobId,
    mode: 'server',
    drainSeconds: expect.any(Number),
    tasks: [{ taskId: 'only', serverId: a.serverId, startedAt: a.attempts[0]?.startedAt }],
    servers: [{ serverId: a.serverId, executing: 1 + executingOfOthers(plan), cancelling: 1 }],
    disruptedJobs: [
      {
        jobId: b.jobId,
        name: 'B',
        createdBy: caller.by,
        tasks: [
          {
            taskId: 'only',
            handler: 'sleep',
            serverId: a.serverId,
            status: 'Executing',
            startedAt: b.attempts[0]?.startedAt,
            fate: 'fails',
          },
        ],
      },
    ],
    warnings: [],
  });

  const abort = await confirmPlan(system, plan);
  expect(abort).toMatchObject({
    jobId: a.jobId,
    planId: plan.planId,
    mode: 'server',
    status: 'Draining',
    servers: [{ status: 'Draining' }],
  });
  expect(msBetween(abort.requestedAt, abort.drainDeadline)).toBe(plan.drainSeconds * 1_000);
  // The drained server has a free slot when B ends, and another one that A will never give back; the others have none yet.
  const { jobId: later } = await submitJob(system, {
    tasks: tasksOf(20, { handler: 'sleep', input: { seconds: 0.5 } }),
  });
  await server.release();
  await untilEnded(system, abort.abortId);
  const ended = await untilReplaced(system, abort.abortId);
  await expectRestartedAfter(b.jobId, ended);
  expect(await onlyTask(system, a.jobId)).toMatchObject({ status: 'Cancelled', attempts: [{ outcome: 'Cancelled' }] });
  expect(await readJob(system, a.jobId)).toMatchObject({ status: 'Cancelled', abortId: abort.abortId });
  await untilFinal(system, later, 30_000);
  await expectClaimedElsewhere(later, ended);
  await expectUntouched(c, before?.startedAt);
  await expectProven(ended);
  await expectTold(ended, { a: a.jobId, b: b.jobId, c: c.jobId });
});

/** How long earlier runs have taken is known of some systems. */
function withoutForecast({ tasks, ...job }: ServerPlan['disruptedJobs'][number]) {
  return { ...job, tasks: tasks.map(({ likelyEndAt: _at, endsWithinDrain: _within, ...task }) => task) };
}

function executingOfOthers({ disruptedJobs }: ServerPlan): number {
  const others = disruptedJobs.filter((job) => !system.isOurs(job)).flatMap(({ tasks }) => tasks);
  return others.filter(({ status }) => status === 'Executing').length;
}

/** B had its one attempt to the end, and the restart followed at once. */
async function expectRestartedAfter(jobId: string, ended: ServerAbort): Promise<void> {
  const task = await onlyTask(system, jobId);
  expect(task).toMatchObject({ status: 'Finished', attempts: [{ attempt: 1, outcome: 'Finished' }] });
  expect(violationsAtEnd(await readJob(system, jobId), [task])).toEqual([]);
  const [restart] = ended.servers;
  const [attempt] = task.attempts;
  expectWithin(2_000, attempt?.endedAt, restart?.stopRequestedAt);
  expect(restart).toMatchObject({ deadlineReached: false });
}

/** Nothing was started on the drained server; its replacement took a part. */
async function expectClaimedElsewhere(jobId: string, ended: ServerAbort): Promise<void> {
  const attempts = (await readTasks(system, jobId)).flatMap((task) => task.attempts);
  const [restart] = ended.servers;
  expect(attempts.filter(({ serverId }) => serverId === restart?.serverId)).toEqual([]);
  const fresh = await runTask(system, { handler: 'sleep', input: { seconds: 1 } });
  const servers = await readServers(system);
  expect(servers.find(({ serverId }) => serverId === restart?.replacedBy)).toMatchObject({ status: 'Active' });
  expect(fresh.serverId).not.toBe(restart?.serverId);
}

/** The other server is the same process, and its task has run once. */
async function expectUntouched({ jobId, serverId }: Task, startedAt: unknown): Promise<void> {
  expect(await readJob(system, jobId)).toMatchObject({ status: 'Executing' });
  await cancelJob(system, jobId);
  await untilFinal(system, jobId, 20_000);
  expect((await onlyTask(system, jobId)).attempts).toMatchObject([{ attempt: 1, serverId, outcome: 'Finished' }]);
  const now = (await readServers(system)).find((server) => server.serverId === serverId);
  expect(now).toMatchObject({ status: 'Active', startedAt });
  expect(now).not.toHaveProperty('drainingAt');
}

/** The timeline has every step, each in its order, with its facts. */
async function expectProven({ abortId }: ServerAbort): Promise<void> {
  const { timeline, servers, ...ended } = await readAbort(system, abortId);
  const [restart] = servers;
  const { serverId, replacedBy } = restart ?? {};
  expect(timeline.map(({ at }) => at)).toEqual(timeline.map(({ at }) => at).sort());
  expect(timeline.map(({ type }) => type).filter((type) => !/Completed|Replacement/.test(type))).toEqual([
    'Requested',
    'Draining',
    'Drained',
    'StopRequested',
    'ContainerStopped',
    'Settled',
  ]);
  expect(timeline).toContainEqual(expect.objectContaining({ type: 'ContainerStopped', serverId, exitCode: 137 }));
  expect(timeline).toContainEqual(expect.objectContaining({ type: 'ReplacementSeen', serverId, replacedBy }));
  expect(timeline).toContainEqual({ type: 'Completed', at: ended.endedAt });
  expect(ended).toMatchObject({ status: 'Completed', tasks: [{ taskId: 'only', outcome: 'Cancelled' }] });
}

/** The events of the aborted and of the disrupted job tell of the abort; those of the third one do not. */
async function expectTold({ abortId }: ServerAbort, { a, b, c }: { a: string; b: string; c: string }): Promise<void> {
  const own = await readEvents(system, a);
  expect(own).toContainEqual(
    expect.objectContaining({
      type: 'AbortRequested',
      ...(await system.callerOf('SystemAdministrator')),
      reason: 'it does not end',
      abortId,
    }),
  );
  expect(own).toContainEqual(expect.objectContaining({ type: 'TaskStopped', cause: 'ServerRestart', abortId }));
  expect(own).toContainEqual(expect.objectContaining({ type: 'AbortCompleted', abortId }));
  expect(await readEvents(system, b)).toContainEqual(
    expect.objectContaining({
      type: 'DisruptedByAbort',
      abortId,
      abortedJobId: a,
      tasks: [{ taskId: 'only', fate: 'fails' }],
    }),
  );
  expect(JSON.stringify(await readEvents(system, c))).not.toContain(abortId);
}
